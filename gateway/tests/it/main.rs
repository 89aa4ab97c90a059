//! The gateway through its own door, in front of modules that answer what a test tells them.

#[cfg(test)]
mod advice;
#[cfg(test)]
mod cost;
#[cfg(test)]
mod doors;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod resources;
#[cfg(test)]
mod turns;
#[cfg(test)]
mod uploads;
