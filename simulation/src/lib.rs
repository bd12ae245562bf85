#![doc = include_str!("../README.md")]

mod acts;
mod chronicle;
mod driving;
mod faults;
mod healing;
mod judge;
mod mutation;
mod organisation;
mod peer;
mod process;
mod turns;
mod wire;
mod world;

pub use chronicle::Outcome;
pub use judge::{Fault, Finding};
pub use mutation::Mutation;

use world::World;

/// What a simulation is to do beside what its seed says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// A defence to take away.
    pub mutation: Option<Mutation>,
    /// Whether to keep a line for each thing that happened.
    pub trace: bool,
}

/// Runs the simulation of a seed to its end. The same seed gives the same outcome.
#[must_use]
pub fn run(seed: u64, options: Options) -> Outcome {
    let mut world = World::new(seed, options);
    world.trouble();
    world.heal();
    world.end()
}
