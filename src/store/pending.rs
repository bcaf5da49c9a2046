//! A write that is under way: awaited by asynchronous code, waited for by threads.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::sync::oneshot;

use super::StoreError;

/// An answer that comes once its write is durable. Dropping it does not undo the write.
#[derive(Debug)]
pub struct Pending<T>(oneshot::Receiver<Result<T, StoreError>>);

/// Answers a [`Pending`].
pub(super) type Promise<T> = oneshot::Sender<Result<T, StoreError>>;

impl<T> Pending<T> {
    pub(super) fn new() -> (Promise<T>, Self) {
        let (promise, answer) = oneshot::channel();
        (promise, Self(answer))
    }

    /// Blocks the thread until the answer is there. Asynchronous code awaits instead.
    pub fn wait(self) -> Result<T, StoreError> {
        self.0.blocking_recv().unwrap_or(Err(StoreError::Closed))
    }
}

impl<T> Future for Pending<T> {
    type Output = Result<T, StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = Pin::new(&mut self.0).poll(context);
        answer.map(|answer| answer.unwrap_or(Err(StoreError::Closed)))
    }
}
