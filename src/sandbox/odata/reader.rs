//! Reads the text of a `$filter` into its tree; only the grammar of the reference pages.

use serde_json::Value;

use super::super::stamp;
use super::filter::{Filter, Op, Test};

/// Reads a whole expression; the error is a sentence.
pub(super) fn read(text: &str) -> Result<Filter, String> {
    let mut reader = Reader {
        tokens: tokens(text)?,
        at: 0,
        lambda: None,
    };
    let filter = reader.or()?;
    if reader.at != reader.tokens.len() {
        return Err(format!(
            "Syntax error at position {} in the filter.",
            reader.at
        ));
    }
    Ok(filter)
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
    Comma,
    Colon,
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            ' ' => {}
            '(' => found.push(Token::Open),
            ')' => found.push(Token::Close),
            ',' => found.push(Token::Comma),
            ':' => found.push(Token::Colon),
            '\'' => {
                let mut value = String::new();
                loop {
                    match rest.next() {
                        Some('\'') if rest.peek() == Some(&'\'') => {
                            rest.next();
                            value.push('\'');
                        }
                        Some('\'') => break,
                        Some(other) => value.push(other),
                        None => {
                            return Err(
                                "There is an unterminated string literal in the filter.".to_owned()
                            );
                        }
                    }
                }
                found.push(Token::Text(value));
            }
            _ => {
                let mut word = String::from(c);
                // A colon separates a lambda variable, except inside a time of day.
                while let Some(next) = rest.peek() {
                    let inside = next.is_alphanumeric()
                        || "_/-.$+".contains(*next)
                        || (*next == ':' && word.starts_with(|c: char| c.is_ascii_digit()));
                    if !inside {
                        break;
                    }
                    word.push(*next);
                    rest.next();
                }
                found.push(Token::Word(word));
            }
        }
    }
    Ok(found)
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
    /// Variable of the lambda being read, and the collection it ranges over.
    lambda: Option<(String, Vec<String>)>,
}

impl Reader {
    fn next(&mut self) -> Result<Token, String> {
        let token = self
            .tokens
            .get(self.at)
            .cloned()
            .ok_or("The filter ends too early.")?;
        self.at += 1;
        Ok(token)
    }

    fn expect(&mut self, wanted: &Token) -> Result<(), String> {
        let found = self.next()?;
        if found == *wanted {
            Ok(())
        } else {
            Err(format!("Syntax error at {found:?} in the filter."))
        }
    }

    fn take_word(&mut self, wanted: &str) -> bool {
        let hit = matches!(self.tokens.get(self.at), Some(Token::Word(word)) if word == wanted);
        self.at += usize::from(hit);
        hit
    }

    fn or(&mut self) -> Result<Filter, String> {
        let mut left = self.and()?;
        while self.take_word("or") {
            left = Filter::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Filter, String> {
        let mut left = self.unary()?;
        while self.take_word("and") {
            left = Filter::And(Box::new(left), Box::new(self.unary()?));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Filter, String> {
        if self.take_word("not") {
            return Ok(Filter::Not(Box::new(self.unary()?)));
        }
        if self.tokens.get(self.at) == Some(&Token::Open) {
            self.at += 1;
            let inner = self.or()?;
            self.expect(&Token::Close)?;
            return Ok(inner);
        }
        self.test()
    }

    fn test(&mut self) -> Result<Filter, String> {
        let Token::Word(word) = self.next()? else {
            return Err("A property name is expected in the filter.".to_owned());
        };
        if self.tokens.get(self.at) == Some(&Token::Open) {
            let lower = word.to_ascii_lowercase();
            let op = match lower.as_str() {
                "startswith" => Some(Op::StartsWith),
                "endswith" => Some(Op::EndsWith),
                "contains" => Some(Op::Contains),
                _ => None,
            };
            if let Some(op) = op {
                self.at += 1;
                let Token::Word(path) = self.next()? else {
                    return Err("A property name is expected.".to_owned());
                };
                self.expect(&Token::Comma)?;
                let value = self.literal()?;
                self.expect(&Token::Close)?;
                return Ok(self.finish(&path, op, vec![value]));
            }
            if let Some(collection) = word.strip_suffix("/any") {
                return self.any(collection);
            }
            return Err(format!("An unknown function with name '{word}' was found."));
        }
        let Token::Word(op) = self.next()? else {
            return Err("An operator is expected in the filter.".to_owned());
        };
        let op = match op.as_str() {
            "eq" => Op::Eq,
            "ne" => Op::Ne,
            "gt" => Op::Gt,
            "ge" => Op::Ge,
            "lt" => Op::Lt,
            "le" => Op::Le,
            "in" => Op::In,
            other => return Err(format!("'{other}' is not an operator.")),
        };
        let values = if op == Op::In {
            self.list()?
        } else {
            vec![self.literal()?]
        };
        Ok(self.finish(&word, op, values))
    }

    fn any(&mut self, collection: &str) -> Result<Filter, String> {
        self.expect(&Token::Open)?;
        let Token::Word(variable) = self.next()? else {
            return Err("A lambda variable is expected.".to_owned());
        };
        self.expect(&Token::Colon)?;
        let outer = self
            .lambda
            .replace((variable, collection.split('/').map(str::to_owned).collect()));
        let inner = self.or()?;
        self.expect(&Token::Close)?;
        self.lambda = outer;
        Ok(inner)
    }

    fn list(&mut self) -> Result<Vec<Value>, String> {
        self.expect(&Token::Open)?;
        let mut values = vec![self.literal()?];
        loop {
            match self.next()? {
                Token::Comma => values.push(self.literal()?),
                Token::Close => return Ok(values),
                other => return Err(format!("Syntax error at {other:?} in the list.")),
            }
        }
    }

    fn literal(&mut self) -> Result<Value, String> {
        Ok(match self.next()? {
            Token::Text(text) => Value::String(text),
            Token::Word(word) => match word.as_str() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                "null" => Value::Null,
                other => match other.parse::<i64>() {
                    Ok(number) => Value::from(number),
                    Err(_) if stamp::parse(other).is_some() || stamp::is_guid(other) => {
                        Value::String(word)
                    }
                    Err(_) => {
                        return Err(format!(
                            "'{other}' is not a literal; text stands in single quotes."
                        ));
                    }
                },
            },
            other => return Err(format!("A value is expected instead of {other:?}.")),
        })
    }

    fn finish(&self, path: &str, op: Op, values: Vec<Value>) -> Filter {
        let mut path: Vec<String> = path.split('/').map(str::to_owned).collect();
        let any = match &self.lambda {
            Some((variable, collection)) if path.first() == Some(variable) => {
                path.remove(0);
                Some(collection.clone())
            }
            _ => None,
        };
        Filter::Test(Test {
            path,
            op,
            values,
            any,
        })
    }
}
