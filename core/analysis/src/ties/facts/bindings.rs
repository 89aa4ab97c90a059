//! Roles that are given to a service account of a namespace in which it does not exist.

use std::collections::BTreeSet;

use super::{Placed, fact, last};
use crate::clues::{Account, Binding};
use crate::ties::Known;

/// Returns bindings whose account is in another namespace than they say.
pub(super) fn facts(known: &Known<'_>) -> Vec<Placed> {
    let listed = known.offers.iter();
    let accounts: Vec<&Account> = listed.flat_map(|it| &it.clues.related.accounts).collect();
    let bindings = last(known.each(|it| &it.clues.related.bindings), |it| {
        [it.namespace.as_str(), &it.object]
    });
    let view = View {
        known,
        accounts,
        bindings: &bindings,
    };
    let found = bindings.iter().filter_map(|(file, binding)| {
        let elsewhere = view.elsewhere(binding)?;
        let (space, name) = (&binding.account.namespace, &binding.account.name);
        let value = format!("{space}/{name}, which is not there; {name} is in {elsewhere}");
        let object = binding.object.clone();
        Some((
            *file,
            fact(object, "binding_elsewhere", value, &binding.place),
        ))
    });
    found.collect()
}

/// Accounts and bindings of all files.
struct View<'a> {
    known: &'a Known<'a>,
    accounts: Vec<&'a Account>,
    bindings: &'a [(usize, &'a Binding)],
}

impl<'a> View<'a> {
    /// Returns the namespace in which the account is that a binding means.
    fn elsewhere(&self, binding: &Binding) -> Option<&'a str> {
        let named = &binding.account;
        let of_name = self.accounts.iter().filter(|it| it.name == named.name);
        let spaces: BTreeSet<&str> = of_name.map(|it| it.namespace.as_str()).collect();
        // Every namespace has an account of this name.
        if named.name == "default" || spaces.contains(named.namespace.as_str()) {
            return None;
        }
        let beside = spaces.get(binding.namespace.as_str()).copied();
        let only = spaces.first().copied().filter(|_| spaces.len() == 1);
        let space = beside.or(only)?;
        (self.is_refused(space, &named.name) || self.is_left_without(binding, space))
            .then_some(space)
    }

    /// Whether somebody refuses the account.
    fn is_refused(&self, space: &str, name: &str) -> bool {
        let full = format!("system:serviceaccount:{space}:{name}");
        let is_whole = |rest: &str| !rest.starts_with(|it: char| it.is_alphanumeric() || it == '-');
        let names = |lower: &str| {
            let mut found = lower.match_indices(&full);
            found.any(|(at, _)| is_whole(&lower[at + full.len()..]))
        };
        let says = |lower: &str| lower.contains("forbidden") && names(lower);
        self.known.heard.iter().any(|it| says(&it.lower))
    }

    /// Whether the account is surely not where it is said to be, and does not have the role otherwise.
    fn is_left_without(&self, binding: &Binding, space: &str) -> bool {
        let named = &binding.account;
        let is_own = |it: &&Binding| it.account.namespace == space && it.account.name == named.name;
        let mut own = self.bindings.iter().map(|(_, it)| *it).filter(is_own);
        // Every namespace has an account of this name, so that a list with it is a whole one.
        let is_whole = |it: &Account| !it.used && it.name == "default";
        if self.in_space(&named.namespace).any(is_whole) {
            return !own.any(|it| it.role == binding.role);
        }
        let is_used = self
            .in_space(space)
            .any(|it| it.used && it.name == named.name);
        let is_unknown = self.in_space(&named.namespace).next().is_none();
        is_unknown && is_used && binding.namespace == space && own.next().is_none()
    }
    fn in_space(&self, space: &str) -> impl Iterator<Item = &'a Account> {
        let all = self.accounts.iter().copied();
        all.filter(move |it| it.namespace == space)
    }
}
