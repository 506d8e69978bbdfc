//! Cuts the work of a search into pieces that several threads take: a large mbox at its separators, small files in groups. What the
//! pieces found is put together in their order, so that the answer does not depend on who was faster.

#[cfg(test)]
mod tests;

use super::body::Body;
use super::found::Findings;
use super::kind::{self, Kind, PEEK};
use super::reader::{Reader, is_separator};
use super::walk::Candidate;
use super::{Looked, MOST_SKIPPED, Progress, Skipped, unreadable};
use crate::error::{Error, Result};
use memchr::memmem;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Bytes of a piece, more or less: enough to hide what a piece costs, little enough that all threads end at about the same time.
pub(super) const PIECE: u64 = 16 << 20;
/// Most threads: more would wait for the disk.
const MOST_THREADS: usize = 4;
/// Bytes looked through at once for a separator.
const LOOK: usize = 64 * 1024;

/// What a thread does in one go.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    /// Whole files.
    Files(Range<usize>),
    /// A stretch of an mbox that begins with a separator, or at the beginning of the file.
    Stretch { file: usize, bytes: Range<u64> },
}

/// What came out of a piece.
#[derive(Default)]
struct Outcome {
    findings: Findings,
    looked: Looked,
    error: Option<Error>,
}

/// Outcomes put together as far as none is missing.
#[derive(Default)]
struct Gathered {
    whole: Outcome,
    next: usize,
    waiting: BTreeMap<usize, Outcome>,
    /// File of the stretch before, and messages before it in all.
    stretch: Option<(usize, u64)>,
}

/// Looks through the files. The first named file, in their order, that cannot be read is the error.
pub(super) fn search(
    files: &[Candidate],
    size: u64,
    progress: &Progress,
) -> Result<(Findings, Looked)> {
    let pieces = pieces(files, size);
    let threads = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(MOST_THREADS)
        .min(pieces.len());
    let (taken, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let gathered = Mutex::new(Gathered::default());
    let work = || {
        let (mut body, mut buffer) = (Body::new(), Vec::new());
        while !stop.load(Ordering::Relaxed) {
            let number = taken.fetch_add(1, Ordering::Relaxed);
            let Some(piece) = pieces.get(number) else {
                break;
            };
            let outcome = piece.search(files, &mut body, &mut buffer, progress);
            let mut gathered = gathered.lock().unwrap_or_else(PoisonError::into_inner);
            gathered.waiting.insert(number, outcome);
            gathered.join(&pieces);
            if gathered.whole.error.is_some() {
                stop.store(true, Ordering::Relaxed);
            }
        }
    };
    if threads <= 1 {
        work();
    } else {
        thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
    }
    let Outcome {
        findings,
        mut looked,
        error,
    } = gathered
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .whole;
    if let Some(error) = error {
        return Err(error);
    }
    looked.messages = findings.messages;
    looked.dropped = findings.dropped;
    Ok((findings, looked))
}

/// Cuts the work; `size` is the least that is worth a piece.
fn pieces(files: &[Candidate], size: u64) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut group, mut bytes) = (0..0, 0);
    for (number, file) in files.iter().enumerate() {
        let length = std::fs::metadata(&file.path).map_or(0, |about| about.len());
        let cuts = if length >= 2 * size {
            // What cannot be read is read, and told, as a whole.
            cuts(file, length, size).unwrap_or_default()
        } else {
            Vec::new()
        };
        if cuts.is_empty() {
            group.end = number + 1;
            bytes += length;
        }
        if !group.is_empty() && (bytes >= size || !cuts.is_empty()) {
            pieces.push(Piece::Files(group.clone()));
        } else if cuts.is_empty() {
            continue;
        }
        (group, bytes) = (number + 1..number + 1, 0);
        let ends = cuts.iter().skip(1).copied().chain([length]);
        pieces.extend(cuts.iter().zip(ends).map(|(start, end)| Piece::Stretch {
            file: number,
            bytes: *start..end,
        }));
    }
    if !group.is_empty() {
        pieces.push(Piece::Files(group));
    }
    pieces
}

/// Where the stretches of an mbox begin; nothing when the file is no mbox or has no separator to cut at.
fn cuts(file: &Candidate, length: u64, size: u64) -> io::Result<Vec<u64>> {
    let mut stream = File::open(&file.path)?;
    let mut head = Vec::with_capacity(PEEK);
    (&mut stream).take(PEEK as u64).read_to_end(&mut head)?;
    if kind::kind(&head) != Some(Kind::Mbox) {
        return Ok(Vec::new());
    }
    let mut cuts = vec![0];
    let mut from = size;
    while from < length {
        let Some(at) = separator_from(&mut stream, from)? else {
            break;
        };
        cuts.push(at);
        from = at + size;
    }
    if cuts.len() == 1 {
        cuts.clear();
    }
    Ok(cuts)
}

/// Where the next separator line begins.
fn separator_from(stream: &mut File, from: u64) -> io::Result<Option<u64>> {
    stream.seek(SeekFrom::Start(from))?;
    let finder = memmem::Finder::new(b"\nFrom ");
    let (mut block, mut start) = (Vec::with_capacity(2 * LOOK), from);
    loop {
        let count = (&mut *stream).take(LOOK as u64).read_to_end(&mut block)?;
        for at in finder.find_iter(&block) {
            let blank = block[..at].ends_with(b"\n") || block[..at].ends_with(b"\n\r");
            let line = &block[at + 1..];
            // A line that is cut here is whole in the next block.
            let whole = memchr::memchr(b'\n', line).is_some();
            if blank && whole && is_separator(line) {
                return Ok(Some(start + at as u64 + 1));
            }
        }
        if count == 0 {
            return Ok(None);
        }
        let kept = block.len().min(LOOK / 2);
        let gone = block.len() - kept;
        block.drain(..gone);
        start += gone as u64;
    }
}

impl Piece {
    fn search(
        &self,
        files: &[Candidate],
        body: &mut Body,
        buffer: &mut Vec<u8>,
        progress: &Progress,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        match self {
            Piece::Files(range) => {
                for file in &files[range.clone()] {
                    let read = one(file, 0..u64::MAX, body, buffer, &mut outcome, progress);
                    outcome.note(file, read, true);
                    if outcome.error.is_some() {
                        break;
                    }
                }
            }
            Piece::Stretch { file, bytes } => {
                let file = &files[*file];
                let read = one(file, bytes.clone(), body, buffer, &mut outcome, progress);
                // A file counts once, by its first stretch.
                outcome.note(file, read, bytes.start == 0);
            }
        }
        outcome
    }
}

impl Outcome {
    /// Takes down how the reading of a file went.
    fn note(&mut self, file: &Candidate, read: io::Result<bool>, counts: bool) {
        match read {
            Ok(true) => self.looked.files += u64::from(counts),
            Ok(false) => self.looked.others += u64::from(counts),
            Err(cause) if file.named => self.error = Some(unreadable(&file.path, cause)),
            Err(cause) if self.looked.skipped.len() < MOST_SKIPPED => {
                self.looked.skipped.push(Skipped {
                    file: file.path.display().to_string(),
                    why: cause.to_string(),
                });
            }
            Err(_) => {}
        }
    }
}

impl Gathered {
    /// Puts together what is there without a gap.
    fn join(&mut self, pieces: &[Piece]) {
        while self.whole.error.is_none()
            && let Some(outcome) = self.waiting.remove(&self.next)
        {
            let before = match pieces.get(self.next) {
                Some(Piece::Stretch { file, .. }) => match self.stretch {
                    Some((last, messages)) if last == *file => messages,
                    _ => 0,
                },
                _ => 0,
            };
            self.stretch = match pieces.get(self.next) {
                Some(Piece::Stretch { file, .. }) => {
                    Some((*file, before + outcome.findings.messages))
                }
                _ => None,
            };
            self.next += 1;
            let Outcome {
                findings,
                looked,
                error,
            } = outcome;
            self.whole.findings.append(findings, before);
            let whole = &mut self.whole.looked;
            whole.files += looked.files;
            whole.others += looked.others;
            whole.bytes += looked.bytes;
            let room = MOST_SKIPPED - whole.skipped.len();
            whole.skipped.extend(looked.skipped.into_iter().take(room));
            self.whole.error = error;
        }
    }
}

/// Searches one file, or a stretch of it; false when it was in a folder and is no mail.
fn one(
    file: &Candidate,
    bytes: Range<u64>,
    body: &mut Body,
    buffer: &mut Vec<u8>,
    outcome: &mut Outcome,
    progress: &Progress,
) -> io::Result<bool> {
    let name = file.path.display().to_string();
    let mut stream = File::open(&file.path)?;
    if bytes.start > 0 {
        stream.seek(SeekFrom::Start(bytes.start))?;
    }
    let mut stream = stream.take(bytes.end - bytes.start);
    let mut head = Vec::with_capacity(PEEK);
    (&mut stream).take(PEEK as u64).read_to_end(&mut head)?;
    if head.starts_with(b"!BDN") {
        return Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "it is a data file of Outlook, whose text is scrambled; export the mail as .mbox or .eml",
        ));
    }
    let kind = match kind::kind(&head) {
        Some(kind) => kind,
        None if file.named => kind::kind_of_other(&head, &name),
        None if is_outlook(&head) => Kind::Wide,
        None => return Ok(false),
    };
    outcome.findings.file = Some(Arc::from(name));
    let looked = &mut outcome.looked;
    Reader::new(kind, body, &mut outcome.findings).read(
        head.as_slice().chain(stream),
        buffer,
        |count| {
            looked.bytes += count as u64;
            progress.bytes.fetch_add(count as u64, Ordering::Relaxed);
        },
    )?;
    Ok(true)
}

/// A single message saved by Outlook, or another document of that form.
fn is_outlook(head: &[u8]) -> bool {
    head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
}
