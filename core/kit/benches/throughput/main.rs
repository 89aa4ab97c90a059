//! What the kit costs: writes with and without group commit, reads, and calls in and out of process.
//!
//! Run with `cargo bench -p faultmaven-kit`; it prints a table and judges nothing.
#![expect(clippy::print_stdout, reason = "the table is the purpose")]

use std::error::Error;
use std::time::{Duration, Instant};

use faultmaven_kit::Tasks;

mod rpc;
mod sqlite;

/// The result type of every measurement.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const CONCURRENCY: usize = 32;
const DURATION: Duration = Duration::from_secs(3);

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Outcome<()> {
    println!("{CONCURRENCY} tasks, {} s each", DURATION.as_secs());
    let single = sqlite::one_transaction_per_write().await?;
    let grouped = sqlite::group_commit().await?;
    print_row("SQLite write, one transaction each", &single, &single);
    print_row("SQLite write, group commit", &grouped, &single);
    let reads = sqlite::list().await?;
    print_row("SQLite list of 50 rows", &reads, &single);

    let tcp = rpc::loopback().await?;
    let local = rpc::in_process().await?;
    print_row("RPC of 1 KB, loopback TCP, one caller", &tcp, &tcp);
    print_row("RPC of 1 KB, in process, one caller", &local, &tcp);
    Ok(())
}

/// How often something was done in how long.
struct Rate {
    count: u32,
    elapsed: Duration,
    tasks: u32,
}

impl Rate {
    fn per_second(&self) -> f64 {
        f64::from(self.count) / self.elapsed.as_secs_f64()
    }

    fn mean(&self) -> Duration {
        self.elapsed * self.tasks / self.count.max(1)
    }
}

/// Does `once` in `count` tasks until the time is over.
async fn repeat<F, R>(count: usize, once: F) -> Outcome<Rate>
where
    F: Fn() -> R + Clone + Send + 'static,
    R: Future<Output = Outcome<()>> + Send,
{
    let tasks = Tasks::new();
    let started = Instant::now();
    let loops = (0..count).map(|_| {
        let once = once.clone();
        tasks.spawn("load", async move {
            let mut done = 0_u32;
            while started.elapsed() < DURATION {
                once().await?;
                done += 1;
            }
            Outcome::Ok(done)
        })
    });
    let mut done = 0;
    for result in futures::future::try_join_all(loops).await? {
        done += result?;
    }
    Ok(Rate {
        count: done,
        elapsed: started.elapsed(),
        tasks: u32::try_from(count)?,
    })
}

fn print_row(name: &str, rate: &Rate, baseline: &Rate) {
    println!(
        "{name:<40} {:>10.0}/s {:>12.1?} mean {:>7.2}x",
        rate.per_second(),
        rate.mean(),
        rate.per_second() / baseline.per_second(),
    );
}
