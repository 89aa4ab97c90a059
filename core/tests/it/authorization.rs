//! Every route and every RPC, asked by nobody, a stranger, an administrator, the owner, and two of the
//! team that the owner's case is shared with: one who works, one who looks.
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
    /// Everybody who has signed in and is no viewer.
    Worker,
    /// The owner of the thing alone; to others it does not exist.
    Owner,
    /// The owner of the thing alone; viewers are refused without a look.
    Author,
    /// Whoever a thing that grants nothing belongs to; others, signed in or not, do not find it.
    Holder,
    /// The owner of a case and the teams it is shared with.
    CaseRead,
    /// The same, but for viewers.
    CaseWrite,
    /// The owner of a case alone, whom its teams know.
    CaseOwn,
    /// Members of a team and administrators; to others it does not exist.
    Team,
    /// Managers of a team and administrators; other members are refused.
    Managed,
    /// The owner of the thing, and administrators; to others it does not exist.
    Supervised,
    /// Administrators.
    Admin,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asker {
    Nobody,
    Stranger,
    Administrator,
    /// A viewer in the team.
    Viewer,
    /// A member of the team.
    Member,
    /// The owner, who manages the team.
    Owner,
}

/// What an asker is told, in terms of access alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Unauthenticated,
    Forbidden,
    NotFound,
    LetIn,
    /// Let in, and refused with this status for another reason.
    Refused(u16),
}

/// Those who may remove things come last, each to things of their own.
const ROUNDS: [&[Asker]; 3] = [
    &[Asker::Nobody, Asker::Stranger, Asker::Viewer, Asker::Owner],
    &[Asker::Member],
    &[Asker::Administrator],
];

fn expected(access: Access, asker: Asker) -> Verdict {
    match access {
        Access::Public => Verdict::LetIn,
        Access::Holder if asker == Asker::Owner => Verdict::LetIn,
        Access::Holder => Verdict::NotFound,
        _ if asker == Asker::Nobody => Verdict::Unauthenticated,
        Access::SignedIn => Verdict::LetIn,
        Access::Worker | Access::Author if asker == Asker::Viewer => Verdict::Forbidden,
        Access::Worker => Verdict::LetIn,
        Access::Owner | Access::Author if asker == Asker::Owner => Verdict::LetIn,
        Access::Owner | Access::Author => Verdict::NotFound,
        Access::CaseRead | Access::CaseWrite | Access::CaseOwn => of_case(access, asker),
        Access::Team | Access::Managed => of_team(access, asker),
        Access::Supervised if matches!(asker, Asker::Owner | Asker::Administrator) => {
            Verdict::LetIn
        }
        Access::Supervised => Verdict::NotFound,
        Access::Admin if asker == Asker::Administrator => Verdict::LetIn,
        Access::Admin => Verdict::Forbidden,
    }
}

fn of_case(access: Access, asker: Asker) -> Verdict {
    match (asker, access) {
        (Asker::Owner, _)
        | (Asker::Member | Asker::Viewer, Access::CaseRead)
        | (Asker::Member, Access::CaseWrite) => Verdict::LetIn,
        (Asker::Member | Asker::Viewer, _) => Verdict::Forbidden,
        _ => Verdict::NotFound,
    }
}

fn of_team(access: Access, asker: Asker) -> Verdict {
    match (asker, access) {
        (Asker::Owner | Asker::Administrator, _)
        | (Asker::Member | Asker::Viewer, Access::Team) => Verdict::LetIn,
        (Asker::Member | Asker::Viewer, _) => Verdict::Forbidden,
        _ => Verdict::NotFound,
    }
}
