//! How text for people looks.

/// What text output may use. Decided by the caller: renderers look neither at the terminal nor at
/// the environment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Style {
    /// Columns per line; [`Style::MIN_WIDTH`] if it is less.
    pub width: usize,
    /// True for characters beyond ASCII: bars, marks, µs.
    pub unicode: bool,
    /// True for colours (SGR escape sequences).
    pub color: bool,
    /// True for the anchors of every phase and the calls inside it.
    pub verbose: bool,
    /// True for a drawing of the module's memory.
    pub map: bool,
    /// True for the list of relocation sections.
    pub relocs: bool,
    /// True for the list of symbols that were looked up.
    pub symbols: bool,
}

impl Style {
    /// Fewer columns cannot hold a row of the phase table.
    pub const MIN_WIDTH: usize = 50;

    /// The columns that there are to fill.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.width.max(Self::MIN_WIDTH)
    }

    pub(super) fn glyphs(&self) -> &'static Glyphs {
        if self.unicode { &UNICODE } else { &ASCII }
    }
}

impl Default for Style {
    /// 80 columns, Unicode, neither colours nor details.
    fn default() -> Self {
        Self {
            width: 80,
            unicode: true,
            color: false,
            verbose: false,
            map: false,
            relocs: false,
            symbols: false,
        }
    }
}

/// The characters that differ between Unicode and ASCII.
pub(super) struct Glyphs {
    /// In front of a load that succeeded, that failed, of which the end is not known.
    pub(super) ok: &'static str,
    pub(super) failed: &'static str,
    pub(super) unknown: &'static str,
    /// In front of a warning.
    pub(super) warning: &'static str,
    /// Between facts on one line.
    pub(super) separator: &'static str,
    /// Where text was cut off.
    pub(super) ellipsis: &'static str,
    /// From one thing to another.
    pub(super) arrow: &'static str,
    /// Microseconds.
    pub(super) micro: &'static str,
    /// Parts of a bar's last cell, in equal steps; the last one is a full cell.
    pub(super) bar: &'static [&'static str],
}

static UNICODE: Glyphs = Glyphs {
    ok: "✓",
    failed: "✗",
    unknown: "?",
    warning: "!",
    separator: " · ",
    ellipsis: "…",
    arrow: "→",
    micro: "µs",
    bar: &["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
};

static ASCII: Glyphs = Glyphs {
    ok: "+",
    failed: "x",
    unknown: "?",
    warning: "!",
    separator: ", ",
    ellipsis: "...",
    arrow: "->",
    micro: "us",
    bar: &["#"],
};

/// What a piece of text is; decides its colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tone {
    Plain,
    Strong,
    Dim,
    Good,
    Bad,
    Warn,
    Bar,
}

impl Tone {
    /// Its SGR parameters.
    pub(super) fn sgr(self) -> Option<&'static str> {
        Some(match self {
            Self::Plain => return None,
            Self::Strong => "1",
            Self::Dim => "2",
            Self::Good => "1;32",
            Self::Bad => "1;31",
            Self::Warn => "33",
            Self::Bar => "36",
        })
    }
}
