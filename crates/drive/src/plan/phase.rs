//! Phases: the parts of a run, as a plan names them.

/// A scripted part of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// The name of its mark; the kind's own name unless the plan gives another.
    pub name: String,
    /// What is done.
    pub kind: PhaseKind,
}

/// What is done in a phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhaseKind {
    /// The browser starts for the first time and shows `about:blank`.
    FirstStart,
    /// So many seeded pages of the lab are opened, one after another.
    Visit {
        /// How many.
        pages: u32,
    },
    /// Seeded words are searched for on the lab's search page.
    Search,
    /// Something is typed into the address bar, letter by letter. Needs a headed window.
    Type {
        /// What.
        what: Typed,
        /// Whether Enter is pressed at the end.
        enter: bool,
    },
    /// Nothing is done for so long.
    Idle(Idle),
    /// The browser is closed and started again.
    Restart,
    /// The browser's own means to clear browsing data; what follows is a run of its own.
    ClearData,
    /// The browser is set up anew on the same device; what follows is a run of its own.
    NewProfile,
    /// The browser is made to crash and started again.
    Crash,
    /// Collection is turned off by the browser's own settings, after use.
    TurnOff {
        /// How much of it.
        collection: super::Collection,
    },
}

/// What is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Typed {
    /// A seeded address of the lab.
    Address,
    /// Seeded words, as for a search.
    Words,
}

/// How long nothing is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// So many seconds.
    Seconds(u32),
    /// Until so many uploads have been due since the browser started, by the plan's waits.
    Uploads(u32),
}

impl PhaseKind {
    /// The name by which plans ask for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::FirstStart => "first_start",
            Self::Visit { .. } => "visit",
            Self::Search => "search",
            Self::Type { .. } => "type",
            Self::Idle(_) => "idle",
            Self::Restart => "restart",
            Self::ClearData => "clear_data",
            Self::NewProfile => "new_profile",
            Self::Crash => "crash",
            Self::TurnOff { .. } => "turn_off",
        }
    }

    /// Whether something is planted.
    pub fn plants(&self) -> bool {
        matches!(self, Self::Visit { .. } | Self::Search | Self::Type { .. })
    }
}
