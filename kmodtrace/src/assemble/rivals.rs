//! Which load another one lost against, or waited for.

use std::collections::{BTreeMap, VecDeque};

use crate::{
    event::Name,
    model::{Contest, Errno, Load, LoadId, Outcome, Over, Update},
};

/// "File exists".
const EEXIST: Errno = Errno(17);
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
    /// It was refused because the module was there.
    exists: bool,
}

impl Told {
    /// True if `other` can be the one whose result counts for this load, or that it waited for.
    fn can_be_against(&self, over: Over, other: &Self) -> bool {
        let overlaps = other.end_ns > self.start_ns;
        other.start_ns < self.end_ns
            && match over {
                Over::File => overlaps,
                // Only what has been loaded exists; whoever was there already had ended.
                Over::Module if self.exists => other.succeeded,
                Over::Module => overlaps,
            }
    }
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
        let fits = |other: &&Told| told.can_be_against(contest.over, other);
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
                let won = loser.aim == aim && loser.told.can_be_against(over, &told);
                if won {
                    updates.push(Update::Lost {
                        id: loser.told.id,
                        module: loser.module.clone(),
                        against: told.id,
                    });
                }
                !won
            });
            // What failed does not take away what is loaded.
            let holds = |last: &Told| last.succeeded;
            if over == Over::Module && !told.succeeded && self.last.get(&aim).is_some_and(holds) {
                continue;
            }
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
        exists: load.outcome == Outcome::Returned(Err(EEXIST)),
    }
}

fn aim(load: &Load, over: Over) -> Option<Aim> {
    match over {
        Over::Module => load.module.clone().map(Aim::Module),
        Over::File => Some(Aim::File(load.facts.file.device?, load.facts.file.inode?)),
    }
}
