//! Template mining: masking of parameters, counting of masked forms, grouping of forms.
//!
//! Lines are masked and counted online; forms are grouped in the manner of Drain (He et al., ICWS
//! 2017), but over all masked forms at once, so that the number of distinct words at a position is
//! known before it becomes a wildcard.

mod form;
mod group;
mod mask;
mod params;
mod table;

pub(crate) use form::{Form, fold};
pub(crate) use group::{Group, group_forms};
pub(crate) use mask::{MASK, Masked, Masker};
pub(crate) use table::FormTable;
