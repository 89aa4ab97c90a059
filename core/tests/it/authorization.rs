//! Every route and every RPC, asked by nobody, a stranger, the owner and an administrator.
//!
//! A route or RPC that is missing from the tables below fails the test, so that nothing is added
//! without a decision about who may use it.

mod fixture;
mod rest;
mod rpcs;

use fixture::Fixture;

/// Who may use a route or an RPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    /// Everybody, without signing in.
    Public,
    /// Everybody who has signed in, on what is their own.
    SignedIn,
    /// The owner of the thing alone; to others it does not exist.
    Owner,
    /// Whoever a thing that grants nothing belongs to; others, signed in or not, do not find it.
    Holder,
    /// Managers of a team and administrators; to others it does not exist.
    Managed,
    /// Administrators.
    Admin,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asker {
    Nobody,
    Stranger,
    Administrator,
    Owner,
}

/// What an asker is told, in terms of access alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Unauthenticated,
    Forbidden,
    NotFound,
    /// Let in; what came of it is another test's matter.
    LetIn,
}

/// The owner comes last, because some of its calls remove the thing.
const ASKERS: [Asker; 4] = [
    Asker::Nobody,
    Asker::Stranger,
    Asker::Administrator,
    Asker::Owner,
];

fn expected(access: Access, asker: Asker) -> Verdict {
    match (access, asker) {
        (Access::Public, _) => Verdict::LetIn,
        (Access::Holder, Asker::Owner) => Verdict::LetIn,
        (Access::Holder, _) => Verdict::NotFound,
        (_, Asker::Nobody) => Verdict::Unauthenticated,
        (Access::SignedIn, _) => Verdict::LetIn,
        (Access::Owner, Asker::Owner) => Verdict::LetIn,
        (Access::Owner, _) => Verdict::NotFound,
        (Access::Managed, Asker::Owner | Asker::Administrator) => Verdict::LetIn,
        (Access::Managed, _) => Verdict::NotFound,
        (Access::Admin, Asker::Administrator) => Verdict::LetIn,
        (Access::Admin, _) => Verdict::Forbidden,
    }
}
