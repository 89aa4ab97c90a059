//! Receipts: requests that carry a key are carried out once, however often they come.

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use prost::Message;
use sea_orm::sea_query::{
    Alias, ColumnDef, Expr, ExprTrait as _, Index, IndexCreateStatement, OnConflict, Query, Table,
    TableCreateStatement,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};
use sha2::{Digest as _, Sha256};

use super::{Db, index};
use crate::clock::SharedClock;
use crate::{Caller, Ctx, Fault};

const KEEP: TimeDelta = TimeDelta::days(7);
const KEY_OF_TABLE: [&str; 3] = ["user_id", "route", "key"];

/// The receipts of one module.
#[derive(Clone)]
pub struct Receipts {
    table: &'static str,
    clock: SharedClock,
}

/// A request that is carried out once.
#[derive(Debug, Clone)]
pub struct Receipt {
    table: &'static str,
    user_id: String,
    route: &'static str,
    key: String,
    fingerprint: Vec<u8>,
    now: DateTime<Utc>,
}

/// The answer to a request, and whether an earlier one had caused it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once<R> {
    /// What the request is answered with.
    pub answer: R,
    /// True when nothing was done this time.
    pub replayed: bool,
}

impl Receipts {
    /// Returns the receipts in `table`, which [`receipt_table`] creates.
    pub fn new(table: &'static str, clock: SharedClock) -> Self {
        Self { table, clock }
    }

    /// Returns the receipt of a request, unless it has no key or comes from nobody in particular.
    pub fn of(
        &self,
        ctx: &Ctx,
        route: &'static str,
        key: &str,
        request: &impl Message,
    ) -> Result<Option<Receipt>, Fault> {
        if key.is_empty() {
            return Ok(None);
        }
        check_idempotency_key("request_id", key)?;
        let Caller::User(actor) = &ctx.caller else {
            return Ok(None);
        };
        Ok(Some(Receipt {
            table: self.table,
            user_id: actor.user_id.clone(),
            route,
            key: key.to_owned(),
            fingerprint: Sha256::digest(request.encode_to_vec()).to_vec(),
            now: self.clock.now(),
        }))
    }
}

impl Db {
    /// Runs `f` as [`Db::write`] does and stores its answer with its effect, or returns the answer
    /// that is stored under the receipt.
    pub async fn write_once<F, R, E>(&self, receipt: Option<Receipt>, f: F) -> Result<Once<R>, E>
    where
        F: for<'t> Fn(&'t DatabaseTransaction) -> BoxFuture<'t, Result<R, E>>
            + Send
            + Sync
            + 'static,
        R: Message + Default + 'static,
        E: std::error::Error + From<DbErr> + From<Fault> + Send + 'static,
    {
        self.write(move |tx| {
            let (receipt, work) = (receipt.clone(), f(tx));
            Box::pin(async move {
                match receipt {
                    Some(receipt) => receipt.redeem(tx, work).await,
                    None => Ok(Once::first(work.await?)),
                }
            })
        })
        .await
    }

    /// Returns the answer that is stored under a receipt.
    pub async fn answered<R, E>(&self, receipt: Option<&Receipt>) -> Result<Option<Once<R>>, E>
    where
        R: Message + Default,
        E: From<DbErr> + From<Fault>,
    {
        let Some(receipt) = receipt else {
            return Ok(None);
        };
        match receipt.stored(self.read()).await? {
            Some(stored) => Ok(Some(receipt.again(stored)?)),
            None => Ok(None),
        }
    }
}

impl Receipt {
    /// Returns the receipt of the same request with this content.
    #[must_use]
    pub fn with_content(mut self, content: &str) -> Self {
        let hash = Sha256::new_with_prefix(&self.fingerprint);
        self.fingerprint = hash.chain_update(content).finalize().to_vec();
        self
    }

    /// Stores the answer to a request whose effect is in the same transaction.
    pub async fn record<R, E>(&self, tx: &DatabaseTransaction, answer: &R) -> Result<(), E>
    where
        R: Message,
        E: From<DbErr> + From<Fault>,
    {
        if !self.claim(tx).await? {
            let message = "a request with this idempotency key is being carried out";
            return Err(Fault::conflict("request_in_progress", message).into());
        }
        Ok(self.store(tx, answer.encode_to_vec()).await?)
    }

    async fn redeem<R, E>(
        &self,
        tx: &DatabaseTransaction,
        work: BoxFuture<'_, Result<R, E>>,
    ) -> Result<Once<R>, E>
    where
        R: Message + Default,
        E: From<DbErr> + From<Fault>,
    {
        self.sweep(tx).await?;
        if !self.claim(tx).await?
            && let Some(stored) = self.stored(tx).await?
        {
            return Ok(self.again(stored)?);
        }
        let answer = work.await?;
        self.store(tx, answer.encode_to_vec()).await?;
        Ok(Once::first(answer))
    }

    /// Returns false when the key was used before; an unfinished use is waited for.
    async fn claim(&self, tx: &DatabaseTransaction) -> Result<bool, DbErr> {
        let columns = KEY_OF_TABLE
            .into_iter()
            .chain(["fingerprint", "answer", "created_at"]);
        let values: [Expr; 6] = [
            self.user_id.clone().into(),
            self.route.into(),
            self.key.clone().into(),
            self.fingerprint.clone().into(),
            Vec::<u8>::new().into(),
            self.now.into(),
        ];
        let mut insert = Query::insert();
        insert
            .into_table(Alias::new(self.table))
            .columns(columns)
            .values(values)
            .map_err(|error| DbErr::Custom(error.to_string()))?
            .on_conflict(OnConflict::columns(KEY_OF_TABLE).do_nothing().to_owned());
        Ok(tx.execute(&insert).await?.rows_affected() > 0)
    }

    async fn stored<C: ConnectionTrait>(&self, db: &C) -> Result<Option<StoredAnswer>, DbErr> {
        let mut select = Query::select();
        select
            .columns(["fingerprint", "answer"])
            .from(Alias::new(self.table))
            .and_where(self.is_mine());
        let Some(row) = db.query_one(&select).await? else {
            return Ok(None);
        };
        Ok(Some(StoredAnswer {
            fingerprint: row.try_get("", "fingerprint")?,
            answer: row.try_get("", "answer")?,
        }))
    }

    fn again<R: Message + Default>(&self, stored: StoredAnswer) -> Result<Once<R>, Fault> {
        if stored.fingerprint != self.fingerprint {
            let message = "the idempotency key was used for a different request";
            return Err(Fault::conflict("idempotency_key_reused", message));
        }
        let answer = R::decode(stored.answer.as_slice());
        Ok(Once {
            answer: answer.map_err(|error| Fault::internal(&error))?,
            replayed: true,
        })
    }

    async fn store(&self, tx: &DatabaseTransaction, answer: Vec<u8>) -> Result<(), DbErr> {
        let mut update = Query::update();
        update
            .table(Alias::new(self.table))
            .value("answer", answer)
            .and_where(self.is_mine());
        tx.execute(&update).await?;
        Ok(())
    }

    /// Removes receipts that nobody asks for any more.
    async fn sweep(&self, tx: &DatabaseTransaction) -> Result<(), DbErr> {
        let mut delete = Query::delete();
        delete
            .from_table(Alias::new(self.table))
            .and_where(Expr::col("created_at").lt(self.now - KEEP));
        tx.execute(&delete).await?;
        Ok(())
    }

    fn is_mine(&self) -> Expr {
        Expr::col("user_id")
            .eq(self.user_id.as_str())
            .and(Expr::col("route").eq(self.route))
            .and(Expr::col("key").eq(self.key.as_str()))
    }
}

struct StoredAnswer {
    fingerprint: Vec<u8>,
    answer: Vec<u8>,
}

impl<R> Once<R> {
    fn first(answer: R) -> Self {
        Self {
            answer,
            replayed: false,
        }
    }
}

/// Returns the table of a module's receipts.
pub fn receipt_table(name: &'static str) -> TableCreateStatement {
    let text = |name: &'static str| ColumnDef::new(name).string().not_null().take();
    let bytes = |name: &'static str| ColumnDef::new(name).blob().not_null().take();
    let mut key = Index::create();
    for column in KEY_OF_TABLE {
        key.col(column);
    }
    Table::create()
        .table(name)
        .col(text("user_id"))
        .col(text("route"))
        .col(text("key"))
        .col(bytes("fingerprint"))
        .col(bytes("answer"))
        .col(
            ColumnDef::new("created_at")
                .timestamp_with_time_zone()
                .not_null(),
        )
        .primary_key(&mut key)
        .take()
}

/// Returns the index by which old receipts are found.
pub fn receipt_index(table: &'static str) -> IndexCreateStatement {
    index(format!("{table}_created_at"), table, ["created_at"])
}

/// Fails unless the key has the form of one.
pub fn check_idempotency_key(field: &str, key: &str) -> Result<(), Fault> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if (8..=255).contains(&key.len()) && key.bytes().all(allowed) {
        return Ok(());
    }
    Err(Fault::invalid(
        field,
        "must have 8 to 255 letters, digits, - and _, for example a UUID",
    ))
}
