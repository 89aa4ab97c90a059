//! Teams, their members, and invitations.

use faultmaven_kit::Migration;
use faultmaven_kit::db::index;
use sea_orm_migration::prelude::{Index, Table, TableCreateStatement};
use sea_orm_migration::schema::{
    string, string_null, timestamp_with_time_zone, timestamp_with_time_zone_null,
};

/// Returns the step that makes room for teams.
pub(super) fn migration() -> Migration {
    Migration::new("m0003_teams")
        .then([teams(), members(), invitations()])
        .then([
            index("auth_teams_by_name_key", "auth_teams", ["name_key"])
                .unique()
                .take(),
            index(
                "auth_invitations_by_secret_hash",
                "auth_invitations",
                ["secret_hash"],
            )
            .unique()
            .take(),
            index(
                "auth_team_members_by_user_id",
                "auth_team_members",
                ["user_id"],
            ),
        ])
}

fn teams() -> TableCreateStatement {
    Table::create()
        .table("auth_teams")
        .col(string("team_id").primary_key().take())
        .col(string("name"))
        .col(string("name_key"))
        .col(timestamp_with_time_zone("create_time"))
        .take()
}

fn members() -> TableCreateStatement {
    Table::create()
        .table("auth_team_members")
        .col(string("team_id"))
        .col(string("user_id"))
        .col(string("role"))
        .col(timestamp_with_time_zone("join_time"))
        .primary_key(Index::create().col("team_id").col("user_id"))
        .take()
}

fn invitations() -> TableCreateStatement {
    Table::create()
        .table("auth_invitations")
        .col(string("invitation_id").primary_key().take())
        .col(string("secret_hash"))
        .col(string("email"))
        .col(string("team_id"))
        .col(string("team_role"))
        .col(string("inviter_id"))
        .col(timestamp_with_time_zone("create_time"))
        .col(timestamp_with_time_zone("expire_time"))
        .col(timestamp_with_time_zone_null("accept_time"))
        .col(string_null("accepter_id"))
        .take()
}
