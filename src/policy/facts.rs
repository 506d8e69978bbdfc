//! How sure we are of a fact: known, partly known, or missing with the reason. Shared by all rules, so that no rule can
//! take silence for an answer.

use super::clouds::Cloud;

/// A fact as far as it could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known<T> {
    /// Read completely.
    Known(T),
    /// Some of it was read: true as far as it goes, and more may exist.
    Partial(T, Vec<Gap>),
    /// Nothing was read.
    Missing(Vec<Gap>),
}

/// Why a fact is missing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Gap {
    /// The read was refused or not tried for lack of a permission; any one of them would do.
    Permission {
        /// What could not be read, as a noun phrase.
        fact: String,
        /// Graph permissions, least first.
        any_of: Vec<String>,
    },
    /// The tenant has no licence for it.
    Licence {
        /// What could not be read.
        fact: String,
        /// Licence that would show it.
        licence: String,
    },
    /// The cloud does not offer it.
    Cloud {
        /// What could not be read.
        fact: String,
        /// The cloud without it.
        cloud: Cloud,
    },
    /// Not asked for, or the read failed.
    NotRead {
        /// What was not read.
        fact: String,
    },
    /// Microsoft's documents do not settle the question.
    Undocumented {
        /// The open question, as a statement that may or may not hold.
        question: String,
    },
}

impl Gap {
    /// A gap for a fact that nobody asked for.
    pub fn not_read(fact: impl Into<String>) -> Gap {
        Gap::NotRead { fact: fact.into() }
    }

    /// A gap for a read that needs one of these permissions.
    pub fn permission(fact: impl Into<String>, any_of: &[&str]) -> Gap {
        Gap::Permission {
            fact: fact.into(),
            any_of: any_of.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    /// A gap for a read that needs a licence.
    pub fn licence(fact: impl Into<String>, licence: impl Into<String>) -> Gap {
        Gap::Licence {
            fact: fact.into(),
            licence: licence.into(),
        }
    }

    /// A gap that no read can close.
    pub fn undocumented(question: impl Into<String>) -> Gap {
        Gap::Undocumented {
            question: question.into(),
        }
    }

    /// One sentence for people.
    pub fn sentence(&self) -> String {
        match self {
            Gap::Permission { fact, any_of } => {
                format!("Not readable: {fact} (needs {}).", any_of.join(" or "))
            }
            Gap::Licence { fact, licence } => {
                format!("Not readable: {fact} (the tenant needs {licence}).")
            }
            Gap::Cloud { fact, cloud } => {
                format!("Not readable: {fact} (not offered in {}).", cloud.title())
            }
            Gap::NotRead { fact } => format!("Not read: {fact}."),
            Gap::Undocumented { question } => {
                format!("Not settled by Microsoft's documentation: {question}.")
            }
        }
    }
}

impl<T> Known<T> {
    /// Missing for a single reason.
    pub fn missing(gap: Gap) -> Known<T> {
        Known::Missing(vec![gap])
    }

    /// The value, only when it is complete.
    pub fn complete(&self) -> Option<&T> {
        match self {
            Known::Known(value) => Some(value),
            Known::Partial(..) | Known::Missing(_) => None,
        }
    }

    /// The value as far as it was read.
    pub fn seen(&self) -> Option<&T> {
        match self {
            Known::Known(value) | Known::Partial(value, _) => Some(value),
            Known::Missing(_) => None,
        }
    }

    /// What stands between this and complete knowledge.
    pub fn gaps(&self) -> &[Gap] {
        match self {
            Known::Known(_) => &[],
            Known::Partial(_, gaps) | Known::Missing(gaps) => gaps,
        }
    }

    /// Why this is not complete: the gaps, or a general one where none was given. Empty only when complete.
    pub fn open_questions(&self, fact: &str) -> Vec<Gap> {
        match self {
            Known::Known(_) => Vec::new(),
            Known::Partial(_, gaps) | Known::Missing(gaps) if gaps.is_empty() => {
                vec![Gap::not_read(fact)]
            }
            Known::Partial(_, gaps) | Known::Missing(gaps) => gaps.clone(),
        }
    }

    /// True when all that is missing is missing for lack of a licence: without PIM, for one, nobody is eligible.
    pub fn lacks_licence(&self) -> bool {
        let gaps = self.gaps();
        !gaps.is_empty() && gaps.iter().all(|gap| matches!(gap, Gap::Licence { .. }))
    }

    /// True when nothing is missing.
    pub fn is_complete(&self) -> bool {
        matches!(self, Known::Known(_))
    }

    /// Changes the value and keeps the gaps.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Known::Known(value) => Known::Known(change(value)),
            Known::Partial(value, gaps) => Known::Partial(change(value), gaps),
            Known::Missing(gaps) => Known::Missing(gaps),
        }
    }
}

impl<T> Known<Vec<T>> {
    /// The items that were read; an empty slice when none was.
    pub fn items(&self) -> &[T] {
        self.seen().map_or(&[], Vec::as_slice)
    }

    /// Joins two readings of parts of the same list.
    pub fn and(self, other: Known<Vec<T>>) -> Known<Vec<T>> {
        let gaps: Vec<Gap> = self.gaps().iter().chain(other.gaps()).cloned().collect();
        let nothing = self.seen().is_none() && other.seen().is_none();
        let mut items = self.into_items();
        items.extend(other.into_items());
        match (gaps.is_empty(), nothing) {
            (true, _) => Known::Known(items),
            (false, true) => Known::Missing(gaps),
            (false, false) => Known::Partial(items, gaps),
        }
    }

    fn into_items(self) -> Vec<T> {
        match self {
            Known::Known(items) | Known::Partial(items, _) => items,
            Known::Missing(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joining_keeps_what_was_seen_and_what_was_not() {
        let gap = Gap::not_read("roles at unit scope");
        let joined = Known::Known(vec![1]).and(Known::missing(gap.clone()));
        assert_eq!(joined, Known::Partial(vec![1], vec![gap.clone()]));
        assert_eq!(
            Known::Known(vec![1]).and(Known::Known(vec![2])),
            Known::Known(vec![1, 2])
        );
        let nothing: Known<Vec<u8>> = Known::missing(gap.clone()).and(Known::missing(gap.clone()));
        assert_eq!(nothing, Known::Missing(vec![gap.clone(), gap]));
    }

    #[test]
    fn partial_knowledge_is_not_complete() {
        let part = Known::Partial(7, vec![Gap::undocumented("a thing")]);
        assert_eq!(
            (part.complete(), part.seen(), part.is_complete()),
            (None, Some(&7), false)
        );
        assert_eq!(part.map(|n| n + 1).seen(), Some(&8));
        assert_eq!(
            Known::<u8>::Missing(Vec::new()).open_questions("x"),
            [Gap::not_read("x")]
        );
        assert!(Known::Known(1).open_questions("x").is_empty());
    }

    #[test]
    fn every_gap_says_what_is_missing() {
        let gaps = [
            Gap::permission("the roles", &["A.Read.All", "B.Read.All"]),
            Gap::licence("the roles", "Entra ID P2"),
            Gap::Cloud {
                fact: "the roles".into(),
                cloud: Cloud::China,
            },
            Gap::not_read("the roles"),
            Gap::undocumented("the roles"),
        ];
        for gap in gaps {
            let text = gap.sentence();
            assert!(text.contains("the roles") && text.ends_with('.'), "{text}");
        }
    }
}
