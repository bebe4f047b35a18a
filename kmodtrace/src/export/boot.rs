//! Recordings on one time axis must be of one boot: clocks of different ones have nothing in common.

use std::io;

use crate::event::Session;

/// The boot that an export is of.
#[derive(Debug, Default)]
pub(super) struct Boot(Option<String>);

impl Boot {
    /// Takes in a session; true for the first one.
    ///
    /// # Errors
    ///
    /// If it is of another boot.
    pub(super) fn begins(&mut self, session: &Session) -> io::Result<bool> {
        match &self.0 {
            None => {
                self.0 = Some(session.boot_id.clone());
                Ok(true)
            }
            Some(boot_id) if *boot_id == session.boot_id => Ok(false),
            Some(_) => Err(io::Error::other(
                "recordings of two boots have no clock in common, export them one by one",
            )),
        }
    }
}
