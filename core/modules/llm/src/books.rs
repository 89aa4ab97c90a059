//! Keeps the ledger of calls and holds spending within the budgets.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use faultmaven_kit::{Ids, SharedClock};

use crate::asked::Asked;
use crate::error::Error;
use crate::failure::Failure;
use crate::ledger::{Entry, Period, Selection, Totals};
use crate::store::Store;

/// How much may be spent, in US dollars; a call that could exceed one is not made.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Budgets {
    /// By everybody in a calendar month.
    pub month_usd: Option<f64>,
    /// By each user in a calendar month.
    pub user_month_usd: Option<f64>,
    /// For each case.
    pub case_usd: Option<f64>,
}

/// The ledger and what is about to be added to it.
#[derive(Clone)]
pub(crate) struct Books {
    store: Store,
    clock: SharedClock,
    ids: Ids,
    budgets: Budgets,
    held: Arc<Mutex<BTreeMap<String, Held>>>,
}

#[derive(Debug)]
struct Held {
    user_id: String,
    case_id: Option<String>,
    usd: f64,
}

/// Money that a running call may cost; given back when dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    id: String,
    held: Arc<Mutex<BTreeMap<String, Held>>>,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.remove(&self.id);
    }
}

impl Books {
    pub(crate) fn new(store: Store, clock: SharedClock, ids: Ids, budgets: Budgets) -> Self {
        Self {
            store,
            clock,
            ids,
            budgets,
            held: Arc::default(),
        }
    }

    /// Adds a row.
    pub(crate) async fn record(&self, entry: Entry) -> Result<(), Error> {
        self.store.record(vec![entry], self.clock.now()).await
    }

    /// Returns the id of a new row.
    pub(crate) fn new_id(&self) -> String {
        self.ids.hex16("use")
    }

    /// Holds what a call may cost, unless a budget has not that much left.
    ///
    /// The call must be recorded before the reservation ends. Holding first and counting then
    /// means that of two calls at least one sees the other.
    pub(crate) async fn reserve(&self, asked: &Asked, usd: f64) -> Result<Reservation, Failure> {
        let reservation = self.hold(asked, usd);
        if usd > 0.0 {
            for (limit, selection) in self.limits(asked) {
                let held = self.held_within(&selection);
                let rows = self.store.sums(selection).await;
                let rows = rows.map_err(|error| {
                    tracing::error!(error = %faultmaven_kit::fault::chain(&error), "the ledger cannot be read");
                    Failure::BudgetSpent
                })?;
                if Totals::of(&rows).cost_usd + held > limit {
                    return Err(Failure::BudgetSpent);
                }
            }
        }
        Ok(reservation)
    }

    fn hold(&self, asked: &Asked, usd: f64) -> Reservation {
        let id = self.new_id();
        let entry = Held {
            user_id: asked.user_id.clone(),
            case_id: asked.case_id.clone(),
            usd,
        };
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.insert(id.clone(), entry);
        Reservation {
            id,
            held: Arc::clone(&self.held),
        }
    }

    fn held_within(&self, selection: &Selection) -> f64 {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let within = held.values().filter(|it| {
            let is_users = selection
                .user_id
                .as_ref()
                .is_none_or(|id| *id == it.user_id);
            is_users && (selection.case_id.is_none() || selection.case_id == it.case_id)
        });
        within.map(|it| it.usd).sum()
    }

    /// Returns the budgets that a call draws on, with the rows that drew on them already.
    fn limits(&self, asked: &Asked) -> Vec<(f64, Selection)> {
        let month = Period::month_of(self.clock.now());
        let ever = Period {
            start: DateTime::<Utc>::UNIX_EPOCH,
            end: month.end,
        };
        let of = |period, user_id, case_id| Selection {
            period,
            case_id,
            user_id,
        };
        let user_id = Some(asked.user_id.clone()).filter(|it| !it.is_empty());
        let all = self.budgets.month_usd.map(|it| (it, of(month, None, None)));
        let user = self.budgets.user_month_usd.zip(user_id);
        let user = user.map(|(limit, id)| (limit, of(month, Some(id), None)));
        let case = self.budgets.case_usd.zip(asked.case_id.clone());
        let case = case.map(|(limit, id)| (limit, of(ever, None, Some(id))));
        [all, user, case].into_iter().flatten().collect()
    }
}
