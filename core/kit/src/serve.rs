//! Serving gRPC over a socket until told to stop.

use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Error, Server};

const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);

/// Serves `routes` until `shutdown` is cancelled and every running call has ended.
pub async fn serve_grpc(
    listener: TcpListener,
    routes: Routes,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    serve(server(), listener, routes, shutdown).await
}

/// Does the same, and answers HTTP/1.1 too, which probes and collectors of metrics speak.
pub async fn serve_grpc_and_probes(
    listener: TcpListener,
    routes: Routes,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    serve(server().accept_http1(true), listener, routes, shutdown).await
}

fn server() -> Server {
    Server::builder().http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
}

async fn serve(
    mut server: Server,
    listener: TcpListener,
    routes: Routes,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    // `Server::tcp_nodelay` has no effect on an incoming stream; without it here calls take 40 ms.
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    server
        .add_routes(routes)
        .serve_with_incoming_shutdown(incoming, shutdown.cancelled_owned())
        .await
}
