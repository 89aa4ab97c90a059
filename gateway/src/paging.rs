//! The three ways in which clients page: limit and offset, page and size, and tokens.

use faultmaven_kit::Fault;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::problem::Problem;

/// Which rows a client asks for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Window {
    /// Most rows to return.
    limit: Option<i64>,
    /// Rows to skip.
    offset: Option<i64>,
    /// Page counted from 1; read when `limit` and `offset` are absent.
    page: Option<i64>,
    /// The same as `limit`.
    page_size: Option<i64>,
    /// Token of the page before; goes before `offset` and `page`.
    page_token: Option<String>,
}

/// The page that a client asks for by token alone.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page {
    #[serde(default)]
    pub(crate) page_size: i32,
    #[serde(default)]
    pub(crate) page_token: String,
}

/// Where a list begins and how long it may be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rows {
    pub(crate) limit: i32,
    pub(crate) offset: i32,
    pub(crate) page: i32,
    pub(crate) page_token: String,
}

impl Window {
    /// Returns the window that a body asks for.
    pub(crate) fn new(
        limit: Option<i64>,
        offset: Option<i64>,
        page: Option<i64>,
        page_size: Option<i64>,
    ) -> Self {
        Self {
            limit,
            offset,
            page,
            page_size,
            page_token: None,
        }
    }

    /// Returns whether the client limits the number of rows at all.
    pub(crate) fn is_limited(&self) -> bool {
        self.limit.is_some() || self.page.is_some() || self.page_size.is_some()
    }

    /// Returns the rows asked for, or which parameter is out of range.
    pub(crate) fn rows(&self, default: i32, max: i32) -> Result<Rows, Problem> {
        let limit = in_range("limit", self.limit, 1, max)?;
        let page_size = in_range("page_size", self.page_size, 1, max)?;
        let offset = in_range("offset", self.offset, 0, i32::MAX)?;
        let page = in_range("page", self.page, 1, i32::MAX)?;
        let limit = limit.or(page_size).unwrap_or(default);
        let page_token = self.page_token.clone().unwrap_or_default();
        let offset = match (offset, page) {
            _ if !page_token.is_empty() => 0,
            (Some(offset), _) => offset,
            // A page beyond what can be counted is as empty as every other beyond the end.
            (None, Some(page)) => (page - 1).saturating_mul(limit),
            (None, None) => 0,
        };
        Ok(Rows {
            limit,
            offset,
            page: (offset / limit).saturating_add(1),
            page_token,
        })
    }
}

impl Rows {
    /// Returns whether rows follow after `returned` of `total`.
    pub(crate) fn has_more(&self, returned: usize, total: i64, next_page_token: &str) -> bool {
        if self.page_token.is_empty() {
            i64::from(self.offset).saturating_add(count(returned)) < total
        } else {
            !next_page_token.is_empty()
        }
    }
}

/// Returns a length as clients read it.
pub(crate) fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// Returns what is given, or which parameter is out of range, also when another goes before it.
fn in_range(field: &str, value: Option<i64>, min: i32, max: i32) -> Result<Option<i32>, Problem> {
    let Some(value) = value else {
        return Ok(None);
    };
    match i32::try_from(value) {
        Ok(value) if (min..=max).contains(&value) => Ok(Some(value)),
        _ => Err(Fault::invalid(field, format!("must be {min} to {max}, not {value}")).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_and_offsets_mean_the_same_rows() {
        let by_page = Window {
            page: Some(3),
            page_size: Some(20),
            ..Window::default()
        };
        let by_offset = Window {
            limit: Some(20),
            offset: Some(40),
            ..Window::default()
        };
        let rows = by_page.rows(50, 100).unwrap();
        assert_eq!(rows, by_offset.rows(50, 100).unwrap());
        assert_eq!((rows.limit, rows.offset, rows.page), (20, 40, 3));
    }

    #[test]
    fn rows_out_of_range_name_the_parameter() {
        let too_many = Window {
            page_size: Some(101),
            ..Window::default()
        };
        let beyond = Window {
            page: Some(i64::MAX),
            ..Window::default()
        };
        let unread = Window {
            limit: Some(1),
            page_size: Some(0),
            ..Window::default()
        };
        for (window, field) in [
            (too_many, "page_size"),
            (beyond, "page"),
            (unread, "page_size"),
        ] {
            let problem = format!("{:?}", window.rows(50, 100).unwrap_err());
            assert!(
                problem.contains(&format!("field: \"{field}\"")),
                "{problem}"
            );
        }
    }

    #[test]
    fn the_farthest_rows_have_a_page_too() {
        let window = |offset, page| Window {
            limit: Some(1),
            offset,
            page,
            ..Window::default()
        };
        let most = i64::from(i32::MAX);
        for farthest in [window(Some(most), None), window(None, Some(most))] {
            let rows = farthest.rows(50, 100).unwrap();
            assert!(rows.offset >= i32::MAX - 1 && rows.page == i32::MAX);
            assert!(!rows.has_more(0, 5, ""));
        }
        let beyond = Window {
            page: Some(most),
            ..Window::default()
        };
        assert_eq!(beyond.rows(50, 100).unwrap().offset, i32::MAX);
    }

    #[test]
    fn more_follows_until_the_total_is_reached() {
        let rows = Window {
            limit: Some(2),
            offset: Some(2),
            ..Window::default()
        }
        .rows(50, 100)
        .unwrap();
        assert!(rows.has_more(2, 5, ""));
        assert!(!rows.has_more(2, 4, ""));
    }
}
