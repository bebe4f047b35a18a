//! Which load another one lost against, or waited for.

use std::collections::{BTreeMap, VecDeque};

use crate::{
    event::Name,
    model::{Contest, Load, LoadId, Outcome, Over, Update},
};

/// Modules and files that are remembered.
const MAX_REMEMBERED: usize = 4096;
/// Losers of which the winner is not known yet.
const MAX_OPEN: usize = 256;

/// What two loads can want both.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Aim {
    Module(Name),
    /// Device and inode number.
    File((u32, u32), u64),
}

/// A load that was told.
#[derive(Clone, Copy, Debug)]
struct Told {
    id: LoadId,
    start_ns: u64,
    end_ns: u64,
    succeeded: bool,
}

/// A load that lost against one that has not been told: the winner's system call may return later.
#[derive(Debug)]
struct Loser {
    told: Told,
    module: Option<Name>,
    aim: Aim,
}

/// The last load of each module and file that went its own way, and losers that wait to hear of theirs.
#[derive(Debug, Default)]
pub(super) struct Rivals {
    last: BTreeMap<Aim, Told>,
    order: VecDeque<Aim>,
    losers: VecDeque<Loser>,
}

impl Rivals {
    /// What a load went through because of another one. A winner that is told later comes as an update.
    pub(super) fn met_by(&mut self, load: &Load) -> Option<Contest> {
        let mut contest = load.contest()?;
        let Some(aim) = aim(load, contest.over) else {
            return Some(contest);
        };
        let told = told(load);
        let last = self.last.get(&aim);
        let fits = |other: &&Told| {
            let waited = contest.waited_ns > 0;
            // Whoever it waited for was under way, whoever was there already had succeeded.
            (waited && other.end_ns > told.start_ns || other.succeeded)
                && other.start_ns < told.end_ns
        };
        contest.with = last.filter(fits).map(|other| other.id);
        if contest.with.is_none() && contest.lost && contest.waited_ns > 0 {
            if self.losers.len() == MAX_OPEN {
                self.losers.pop_front();
            }
            self.losers.push_back(Loser {
                told,
                module: load.module.clone(),
                aim,
            });
        }
        Some(contest)
    }

    /// Remembers a load that was told; losers that waited for it hear of it.
    pub(super) fn remember(&mut self, load: &Load, updates: &mut Vec<Update>) {
        let lost = load.contest.filter(|contest| contest.lost);
        // Who has lost over the module may have been the one that read the file.
        let won: &[Over] = match lost.map(|contest| contest.over) {
            None => &[Over::Module, Over::File],
            Some(Over::Module) => &[Over::File],
            Some(Over::File) => &[],
        };
        let told = told(load);
        for &over in won {
            let Some(aim) = aim(load, over) else { continue };
            self.losers.retain(|loser| {
                let won = loser.aim == aim
                    && told.start_ns < loser.told.end_ns
                    && told.end_ns > loser.told.start_ns;
                if won {
                    updates.push(Update::Lost {
                        id: loser.told.id,
                        module: loser.module.clone(),
                        against: told.id,
                    });
                }
                !won
            });
            if self.last.insert(aim.clone(), told).is_none() {
                self.order.push_back(aim);
            }
            while self.order.len() > MAX_REMEMBERED {
                if let Some(oldest) = self.order.pop_front() {
                    self.last.remove(&oldest);
                }
            }
        }
    }

    /// A module is gone: nobody loses against its load any more.
    pub(super) fn unloaded(&mut self, module: Option<&Name>) {
        let Some(module) = module else { return };
        let aim = Aim::Module(module.clone());
        if self.last.remove(&aim).is_some() {
            self.order.retain(|other| *other != aim);
        }
    }
}

fn told(load: &Load) -> Told {
    Told {
        id: load.id,
        start_ns: load.start_ns,
        end_ns: load.start_ns.saturating_add(load.total_ns),
        succeeded: load.outcome == Outcome::Returned(Ok(())),
    }
}

fn aim(load: &Load, over: Over) -> Option<Aim> {
    match over {
        Over::Module => load.module.clone().map(Aim::Module),
        Over::File => Some(Aim::File(load.facts.file.device?, load.facts.file.inode?)),
    }
}
