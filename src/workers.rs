//! Solver threads: search is CPU work and stays off the async runtime.
//!
//! Work waits in a queue of fixed length; what does not fit is turned away at once, so that whatever is
//! taken is answered within a bounded time.

use std::{
    io,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    thread::{self, JoinHandle},
};

use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// A pool of threads with a bounded queue. Dropping it finishes what was taken.
#[derive(Debug)]
pub struct Workers {
    /// `None` only while it is being dropped.
    jobs: Option<flume::Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

/// Why work was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WorkError {
    /// The queue is full.
    #[error("{0} requests wait already")]
    Full(usize),
    /// The work panicked, or the pool is gone.
    #[error("the work stopped before its end")]
    Stopped,
}

impl Workers {
    /// Starts `threads` threads, for which at most `queue` jobs wait.
    pub fn start(threads: NonZeroUsize, queue: usize) -> io::Result<Self> {
        let (jobs, waiting) = flume::bounded::<Job>(queue);
        let spawn = |number: usize| {
            let waiting = waiting.clone();
            let builder = thread::Builder::new().name(format!("solver-{number}"));
            builder.spawn(move || {
                for job in waiting {
                    // What panics drops its reply, which tells the asker; the thread goes on.
                    let _ = catch_unwind(AssertUnwindSafe(job));
                }
            })
        };
        let threads = (0..threads.get()).map(spawn).collect::<Result<_, _>>()?;
        Ok(Self { jobs: Some(jobs), threads })
    }

    /// Has a thread do some work, unless the queue is full. Work whose asker has gone away is left out.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WorkError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move || {
            if !reply.is_closed() {
                // The asker may go away meanwhile; its loss, not ours.
                let _ = reply.send(work());
            }
        });
        let jobs = self.jobs.as_ref().ok_or(WorkError::Stopped)?;
        match jobs.try_send(job) {
            Ok(()) => answer.await.map_err(|_| WorkError::Stopped),
            Err(flume::TrySendError::Full(_)) => Err(WorkError::Full(jobs.len())),
            Err(flume::TrySendError::Disconnected(_)) => Err(WorkError::Stopped),
        }
    }

    /// How many jobs wait.
    pub fn waiting(&self) -> usize {
        self.jobs.as_ref().map_or(0, flume::Sender::len)
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        drop(self.jobs.take());
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future::Future as _, pin::pin, sync::mpsc, task::Context};

    use super::*;

    fn pool(threads: usize, queue: usize) -> Workers {
        Workers::start(NonZeroUsize::new(threads).unwrap(), queue).unwrap()
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn a_full_queue_turns_away_and_takes_again() {
        let pool = pool(1, 1);
        let (go, gate) = mpsc::channel::<()>();
        let (started, starts) = mpsc::channel::<()>();
        let mut first = pin!(pool.run(move || {
            started.send(()).unwrap();
            gate.recv().unwrap();
            1
        }));
        let mut second = pin!(pool.run(|| 2));
        let mut context = Context::from_waker(std::task::Waker::noop());
        assert!(first.as_mut().poll(&mut context).is_pending());
        starts.recv().unwrap();
        assert!(second.as_mut().poll(&mut context).is_pending());
        assert_eq!(block_on(pool.run(|| 3)), Err(WorkError::Full(1)));
        go.send(()).unwrap();
        assert_eq!(block_on(first), Ok(1));
        assert_eq!(block_on(second), Ok(2));
        assert_eq!(block_on(pool.run(|| 4)), Ok(4));
    }

    #[test]
    fn a_panic_is_the_jobs_own() {
        let pool = pool(1, 4);
        let failed: Result<(), _> = block_on(pool.run(|| panic!("on purpose")));
        assert_eq!(failed, Err(WorkError::Stopped));
        assert_eq!(block_on(pool.run(|| 5)), Ok(5));
    }
}
