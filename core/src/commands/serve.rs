//! `faultmaven serve`.

use std::io::Write as _;
use std::net::SocketAddr;

use faultmaven_kit::{Telemetry, TelemetryConfig};
use tokio::signal::unix::{SignalKind, signal};

use crate::commands::{CommandError, block_on};
use crate::config::Settings;
use crate::serve::{Server, bind};

/// Serves until SIGTERM or SIGINT.
pub(super) fn run(settings: &Settings) -> Result<(), CommandError> {
    block_on(async {
        let telemetry = Telemetry::init(&telemetry(settings)?)?;
        for setting in &settings.ignored {
            tracing::warn!(setting = setting.name, "{}", setting.in_words());
        }
        let listener = bind(SocketAddr::new(settings.server.host, settings.server.port)).await?;
        let server = Server::start(settings.clone(), listener).await?;
        announce(settings, &server);
        if let Some(token) = server.setup_token() {
            show_setup_token(token);
        }
        wait_for_signal().await?;
        tracing::info!("stopping; running requests are finished first");
        server.stop().await;
        tracing::info!("stopped");
        drop(telemetry);
        Ok(())
    })
}

fn telemetry(settings: &Settings) -> Result<TelemetryConfig, CommandError> {
    Ok(TelemetryConfig {
        filter: settings.telemetry.filter.clone(),
        format: settings.telemetry.format.parse()?,
        otlp_endpoint: settings.telemetry.otlp_endpoint.clone(),
        service_name: settings.telemetry.service_name.clone(),
    })
}

fn announce(settings: &Settings, server: &Server) {
    let address = server.address();
    let data_dir = settings.storage.data_dir.display().to_string();
    tracing::info!(%address, data_dir, "ready at {}", settings.server.public_url);
    let models = settings.models.in_words();
    tracing::info!(models, "turns are answered by {models}");
}

/// Prints the token beside the log, whose level and format must not hide it.
fn show_setup_token(token: &str) {
    let line = format!("the first account needs this setup token: {token}");
    // Nobody is left to tell when even standard error is closed.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

async fn wait_for_signal() -> Result<(), CommandError> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
