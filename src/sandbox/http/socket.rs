//! A TCP stream whose writing side can be told to break, stall or trickle, so that a client sees real trouble on a real socket.
//!
//! Owns bytes only; which reply is hit is decided elsewhere and ordered through [`WireOrder`].

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use crate::sandbox::faults::End;

/// Time for bytes already written to reach the client before a reset would overtake them.
const SETTLE: Duration = Duration::from_millis(20);

/// What the next reply on a connection suffers; shared by the connection and the handler of its requests.
#[derive(Debug, Default)]
pub(super) struct WireOrder(Mutex<Order>);

#[derive(Debug, Clone, Copy, Default)]
enum Order {
    #[default]
    Plain,
    Break {
        left: u64,
        end: End,
    },
    Slow {
        bytes_per_second: u64,
    },
}

impl WireOrder {
    /// The next reply passes whole.
    pub(super) fn clear(&self) {
        self.set(Order::Plain);
    }

    /// The next reply ends after so many bytes.
    pub(super) fn break_after(&self, bytes: u64, end: End) {
        self.set(Order::Break { left: bytes, end });
    }

    /// The next reply trickles.
    pub(super) fn slow(&self, bytes_per_second: u64) {
        self.set(Order::Slow { bytes_per_second });
    }

    fn set(&self, order: Order) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = order;
    }

    fn get(&self) -> Order {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The stream.
#[derive(Debug)]
pub(super) struct FaultStream {
    inner: TcpStream,
    order: Arc<WireOrder>,
    pause: Option<Pin<Box<Sleep>>>,
    settled: bool,
}

impl FaultStream {
    /// Wraps a connection that takes its orders from `order`.
    pub(super) fn new(inner: TcpStream, order: Arc<WireOrder>) -> Self {
        Self {
            inner,
            order,
            pause: None,
            settled: false,
        }
    }

    fn poll_pause(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(context));
            self.pause = None;
        }
        Poll::Ready(())
    }

    fn poll_end(&mut self, end: End, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        match end {
            End::Stall => Poll::Pending,
            End::Close => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            End::Reset => {
                if !self.settled {
                    self.settled = true;
                    self.pause = Some(Box::pin(tokio::time::sleep(SETTLE)));
                }
                ready!(self.poll_pause(context));
                self.inner.set_zero_linger()?;
                Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
            }
        }
    }
}

impl AsyncRead for FaultStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl AsyncWrite for FaultStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.order.get() {
            Order::Plain => Pin::new(&mut self.inner).poll_write(context, bytes),
            Order::Break { left: 0, end } => self.poll_end(end, context),
            Order::Break { left, end } => {
                let most = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                let written =
                    ready!(Pin::new(&mut self.inner).poll_write(context, &bytes[..most]))?;
                self.order.set(Order::Break {
                    left: left - written as u64,
                    end,
                });
                Poll::Ready(Ok(written))
            }
            Order::Slow { bytes_per_second } => {
                ready!(self.poll_pause(context));
                let chunk = (bytes_per_second / 10).max(1);
                let most = usize::try_from(chunk)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                let written =
                    ready!(Pin::new(&mut self.inner).poll_write(context, &bytes[..most]))?;
                let pause = Duration::from_millis(chunk * 1000 / bytes_per_second);
                self.pause = Some(Box::pin(tokio::time::sleep(pause)));
                Poll::Ready(Ok(written))
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
