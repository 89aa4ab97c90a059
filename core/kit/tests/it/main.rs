//! The kit as modules see it.

#[cfg(test)]
mod database;
#[cfg(test)]
mod db;
#[cfg(test)]
mod echo;
#[cfg(test)]
mod front_door;
#[cfg(test)]
mod group_commit;
#[cfg(test)]
#[cfg(test)]
mod parity;
#[cfg(test)]
mod redis;
