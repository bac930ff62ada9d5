//! Who on the network may use the proxy: the devices on which the address with the secret was opened.
//!
//! A password would be better than a network address, but a phone's settings hand a proxy password
//! to browsers at best; apps ask nobody, fail, and are lost to the recording. So the secret is asked
//! for once, and the address it came from is let in until the recording ends. That keeps out
//! everyone who can't take over that address; behind a shared address (NAT) it lets in all who
//! share it, which is why the proxy belongs into the same network as the phone.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::Token;

/// Devices that can be let in.
const DEVICES: usize = 16;
/// Addresses whose refusals are counted apart.
const STRANGERS: usize = 64;

/// Keeps the door.
#[derive(Debug)]
pub struct Entrance {
    token: Token,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    admitted: BTreeSet<IpAddr>,
    refused: BTreeMap<IpAddr, u64>,
    others: u64,
}

impl Entrance {
    /// A door that this token opens.
    pub fn new(token: Token) -> Self {
        Self { token, known: Mutex::default() }
    }

    /// The secret.
    pub fn token(&self) -> &Token {
        &self.token
    }

    /// Whether a client may use the proxy: this machine itself, and devices that were let in.
    pub fn admits(&self, client: IpAddr) -> bool {
        let client = client.to_canonical();
        client.is_loopback() || self.known().admitted.contains(&client)
    }

    /// Lets a device in that has shown the token; false when too many are in already.
    pub fn admit(&self, client: IpAddr) -> bool {
        let mut known = self.known();
        let client = client.to_canonical();
        if known.admitted.len() >= DEVICES && !known.admitted.contains(&client) {
            return false;
        }
        known.admitted.insert(client);
        true
    }

    /// Counts a client that was sent away.
    pub fn refused(&self, client: IpAddr) {
        let mut known = self.known();
        let client = client.to_canonical();
        match known.refused.contains_key(&client) || known.refused.len() < STRANGERS {
            true => *known.refused.entry(client).or_default() += 1,
            false => known.others += 1,
        }
    }

    /// Connections that were sent away, by address; those of further addresses have none.
    pub fn refusals(&self) -> Vec<(Option<IpAddr>, u64)> {
        let known = self.known();
        let apart = known.refused.iter().map(|(address, count)| (Some(*address), *count));
        apart.chain((known.others > 0).then_some((None, known.others))).collect()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Sets and counters are whole whenever a thread may have panicked.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entrance() -> Entrance {
        Entrance::new(Token::draw(&mut |out| out.fill(1)))
    }

    fn address(n: usize) -> IpAddr {
        IpAddr::from([10, 0, (n / 250) as u8, (n % 250) as u8])
    }

    #[test]
    fn only_who_was_let_in_is_in() {
        let door = entrance();
        let phone: IpAddr = "192.0.2.9".parse().expect("an address");
        let mapped: IpAddr = "::ffff:192.0.2.9".parse().expect("an address");
        assert!(!door.admits(phone) && door.admits(IpAddr::from([127, 0, 0, 1])));
        assert!(door.admit(mapped));
        assert!(door.admits(phone) && door.admits(mapped) && !door.admits(address(1)));
        assert!((1..DEVICES).all(|n| door.admit(address(n))));
        assert!(!door.admit(address(DEVICES)) && door.admit(phone));
    }

    #[test]
    fn refusals_are_counted_in_bounded_memory() {
        let door = entrance();
        (0..STRANGERS + 40).chain([0]).for_each(|n| door.refused(address(n)));
        let all = door.refusals();
        assert_eq!(all.len(), STRANGERS + 1);
        assert_eq!((all[0], all[STRANGERS]), ((Some(address(0)), 2), (None, 40)));
    }
}
