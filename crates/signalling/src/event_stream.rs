//! Reads `text/event-stream` (HTML, section 9.2.6), as far as the fallback uses it.

/// A line may be so long: a message and what stands before it.
const MAX_LINE: usize = protocol::limits::MESSAGE_BYTES * 4;

/// One event.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct StreamEvent {
    /// Its kind; none is the usual one.
    pub kind: String,
    pub id: String,
    pub data: String,
}

/// A line without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a line of an event stream is too long")]
pub struct TooLong;

/// Makes events of the pieces in which they come.
#[derive(Debug, Default)]
pub struct EventStream {
    /// The line that is not complete yet.
    line: Vec<u8>,
    event: StreamEvent,
}

impl EventStream {
    /// Takes the next piece; the events that it completes.
    ///
    /// # Errors
    /// If a line is longer than any that the server writes: no more is to be read then.
    pub fn push(&mut self, piece: &[u8]) -> Result<Vec<StreamEvent>, TooLong> {
        let mut events = Vec::new();
        let mut lines = piece.split(|byte| *byte == b'\n').peekable();
        while let Some(part) = lines.next() {
            if self.line.len() + part.len() > MAX_LINE {
                return Err(TooLong);
            }
            self.line.extend_from_slice(part);
            if lines.peek().is_some() {
                let line = std::mem::take(&mut self.line);
                // What is no text means nothing, as a field that nobody knows.
                if let Ok(line) = str::from_utf8(&line) {
                    events.extend(self.take_line(line.trim_end_matches('\r')));
                }
            }
        }
        Ok(events)
    }

    fn take_line(&mut self, line: &str) -> Option<StreamEvent> {
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return (event != StreamEvent::default()).then_some(event);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        // Our server writes each field once; what has no name is a comment.
        let place = match field {
            "event" => &mut self.event.kind,
            "id" => &mut self.event.id,
            "data" => &mut self.event.data,
            _ => return None,
        };
        value.clone_into(place);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = ": padding\n\nevent: session\ndata: abc\n\n\
        id: 1\r\ndata: {\"a\":\"é: x\"}\r\n\r\nevent:ping\ndata\nretry: 7\n\nid: 2\ndata: cut";

    fn event(kind: &str, id: &str, data: &str) -> StreamEvent {
        StreamEvent {
            kind: kind.to_owned(),
            id: id.to_owned(),
            data: data.to_owned(),
        }
    }

    #[test]
    fn events_come_out_whole_whatever_the_pieces() {
        let expected = [
            event("session", "", "abc"),
            event("", "1", "{\"a\":\"é: x\"}"),
            event("ping", "", ""),
        ];
        for size in [1, 2, 3, 7, 1_000] {
            let mut stream = EventStream::default();
            let pieces = STREAM.as_bytes().chunks(size);
            let events: Vec<_> = pieces
                .flat_map(|piece| stream.push(piece).unwrap())
                .collect();
            assert_eq!(events, expected, "in pieces of {size}");
        }
    }

    #[test]
    fn a_line_that_is_no_text_means_nothing() {
        let mut stream = EventStream::default();
        let events = stream.push(b"id: 3\ndata: \xff\n\n").unwrap();
        assert_eq!(events, [event("", "3", "")]);
    }

    #[test]
    fn a_line_without_end_is_not_kept() {
        let mut stream = EventStream::default();
        let piece = [b'x'; 10_000];
        let taken = (0..1_000).take_while(|_| stream.push(&piece).is_ok());
        assert!(taken.count() * piece.len() <= MAX_LINE);
    }
}
