//! A server that stands in for a vendor of models: it answers byte by byte as a script says.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use faultmaven_kit::Tasks;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// A running stand-in; it ends with the test.
pub struct StandIn {
    address: String,
    shared: Arc<Shared>,
    tasks: Tasks,
}

#[derive(Default)]
struct Shared {
    script: Mutex<VecDeque<Reply>>,
    /// What is said when the script is at its end.
    otherwise: Mutex<Option<Reply>>,
    seen: Mutex<Vec<Seen>>,
    connections: AtomicUsize,
    running: AtomicUsize,
    most: AtomicUsize,
}

/// A request as it came in.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The path with its query.
    pub path: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body; null when it is no JSON.
    pub body: Value,
}

impl Seen {
    /// Returns the value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(it, _)| it == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// One scripted answer.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    pieces: Vec<String>,
    pause: Duration,
    ending: Ending,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Whole,
    /// The connection breaks in the middle of the body.
    Cut,
    /// Nothing more comes, and the connection stays.
    Silence,
}

impl Reply {
    /// Returns an answer whose body comes in pieces.
    pub fn new(status: u16, media_type: &str, pieces: Vec<String>) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), media_type.to_owned())],
            pieces,
            pause: Duration::ZERO,
            ending: Ending::Whole,
        }
    }

    /// Returns a refusal.
    pub fn refusal(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", vec![body.to_string()])
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Waits before each piece.
    #[must_use]
    pub fn dripping(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// Breaks the connection after so many pieces.
    #[must_use]
    pub fn cut_after(mut self, pieces: usize) -> Self {
        self.pieces.truncate(pieces);
        self.ending = Ending::Cut;
        self
    }

    /// Falls silent after so many pieces.
    #[must_use]
    pub fn silent_after(mut self, pieces: usize) -> Self {
        self.pieces.truncate(pieces);
        self.ending = Ending::Silence;
        self
    }
}

impl StandIn {
    /// Starts a stand-in on a port of its own.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let stand_in = Self {
            address,
            shared: Arc::default(),
            tasks: Tasks::new(),
        };
        let (shared, tasks) = (Arc::clone(&stand_in.shared), stand_in.tasks.clone());
        let shutdown = tasks.shutdown_token();
        let accepting = async move {
            while let Ok((connection, _)) = listener.accept().await {
                shared.connections.fetch_add(1, Ordering::SeqCst);
                let (shared, shutdown) = (Arc::clone(&shared), tasks.shutdown_token());
                tasks.spawn("connection", async move {
                    shutdown
                        .run_until_cancelled(answer(connection, &shared))
                        .await;
                });
            }
        };
        stand_in.tasks.spawn("stand-in", async move {
            shutdown.run_until_cancelled(accepting).await;
        });
        stand_in
    }

    /// Returns the address.
    pub fn url(&self) -> Url {
        self.address.parse().unwrap()
    }

    /// Adds answers, which are given in order.
    pub fn will_say(&self, replies: impl IntoIterator<Item = Reply>) {
        self.shared.script.lock().unwrap().extend(replies);
    }

    /// Gives this answer whenever no other is left.
    pub fn always_says(&self, reply: Reply) {
        *self.shared.otherwise.lock().unwrap() = Some(reply);
    }

    /// Forgets answers that nobody asked for; returns how many there were.
    pub fn forget_the_rest(&self) -> usize {
        self.shared.script.lock().unwrap().drain(..).count()
    }

    /// Returns the requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// Returns how many connections were made so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Returns how many requests ran at the same time at most.
    pub fn most_at_once(&self) -> usize {
        self.shared.most.load(Ordering::SeqCst)
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.tasks.begin_shutdown();
    }
}

async fn answer(connection: TcpStream, shared: &Shared) {
    let mut connection = BufReader::new(connection);
    let Some(seen) = read(&mut connection).await else {
        return;
    };
    shared.seen.lock().unwrap().push(seen);
    let running = shared.running.fetch_add(1, Ordering::SeqCst) + 1;
    shared.most.fetch_max(running, Ordering::SeqCst);
    let next = shared.script.lock().unwrap().pop_front();
    let next = next.or_else(|| shared.otherwise.lock().unwrap().clone());
    let reply = next.unwrap_or_else(|| Reply::refusal(418, &Value::Null));
    // The client may hang up.
    let _ = write(&mut connection, &reply, shared).await;
}

async fn read(connection: &mut BufReader<TcpStream>) -> Option<Seen> {
    let mut line = String::new();
    connection.read_line(&mut line).await.ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        line.clear();
        connection.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let mut seen = Seen {
        path,
        headers,
        body: Value::Null,
    };
    let length = seen.header("content-length").unwrap_or("0").parse().ok()?;
    let mut body = vec![0; length];
    connection.read_exact(&mut body).await.ok()?;
    seen.body = serde_json::from_slice(&body).unwrap_or_default();
    Some(seen)
}

async fn write(
    connection: &mut BufReader<TcpStream>,
    reply: &Reply,
    shared: &Shared,
) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {} Scripted\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("transfer-encoding: chunked\r\nconnection: close\r\n\r\n");
    connection.write_all(head.as_bytes()).await?;
    for piece in &reply.pieces {
        tokio::time::sleep(reply.pause).await;
        let chunk = format!("{:x}\r\n{piece}\r\n", piece.len());
        connection.write_all(chunk.as_bytes()).await?;
        connection.flush().await?;
    }
    shared.running.fetch_sub(1, Ordering::SeqCst);
    match reply.ending {
        Ending::Whole => connection.write_all(b"0\r\n\r\n").await?,
        Ending::Cut => {}
        Ending::Silence => std::future::pending().await,
    }
    connection.flush().await?;
    connection.shutdown().await
}
