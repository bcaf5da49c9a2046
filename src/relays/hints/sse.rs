//! Server-sent events, as far as this service uses them.

use super::Fault;

/// The longest event that is read.
const LONGEST: usize = 1 << 20;

/// What a stream says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// An event's data.
    Data(String),
    /// A comment, which says that somebody is there.
    Alive,
}

/// Lines out of whatever pieces they come in.
#[derive(Debug, Default)]
pub(super) struct Lines {
    held: Vec<u8>,
    data: String,
}

impl Lines {
    /// Adds a piece; what it completes.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<Vec<Line>, Fault> {
        self.held.extend_from_slice(piece);
        let mut complete = Vec::new();
        while let Some(end) = self.held.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.held.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            complete.extend(self.line(line.trim_end_matches(['\r', '\n'])));
        }
        if self.held.len() + self.data.len() > LONGEST {
            return Err(Fault::Endless(LONGEST));
        }
        Ok(complete)
    }

    fn line(&mut self, line: &str) -> Option<Line> {
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            return (!data.is_empty()).then_some(Line::Data(data));
        }
        if line.starts_with(':') {
            return Some(Line::Alive);
        }
        if let Some(data) = line.strip_prefix("data:") {
            if !self.data.is_empty() {
                self.data.push('\n');
            }
            self.data.push_str(data.strip_prefix(' ').unwrap_or(data));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_do_not_matter() {
        let text =
            ":ping\n\ndata: {\"a\":1}\n\ndata:{\r\ndata: }\r\n\r\nevent: x\nid: 7\ndata:last\n\n";
        let whole = [
            Line::Alive,
            Line::Data("{\"a\":1}".to_owned()),
            Line::Data("{\n}".to_owned()),
            Line::Data("last".to_owned()),
        ];
        for size in 1..=text.len() {
            let mut lines = Lines::default();
            let pieces = text.as_bytes().chunks(size);
            let found: Vec<Line> = pieces.flat_map(|piece| lines.push(piece).unwrap()).collect();
            assert_eq!(found, whole, "in pieces of {size}");
        }
    }

    #[test]
    fn what_never_ends_is_given_up_on() {
        let mut lines = Lines::default();
        let piece = vec![b'x'; LONGEST];
        assert_eq!(lines.push(&piece), Ok(Vec::new()));
        assert_eq!(lines.push(b"x"), Err(Fault::Endless(LONGEST)));
    }
}
