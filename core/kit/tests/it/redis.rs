//! What a real Redis server does for us, and what happens without it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use faultmaven_kit::breaker::BreakerState;
use faultmaven_kit::{
    Cache, CacheError, FallbackCache, MemoryCache, Redis, RedisCache, SystemClock, Token, cache,
};
use faultmaven_testing::RedisServer;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn the_redis_cache_keeps_the_contract() {
    let server = RedisServer::start();
    let cache = RedisCache::new(Redis::new(&server.url()).unwrap());
    cache::contract::run(&cache).await;
}

#[tokio::test]
async fn a_value_in_redis_is_gone_when_its_time_is_over() {
    let server = RedisServer::start();
    let cache = RedisCache::new(Redis::new(&server.url()).unwrap());
    let ttl = Duration::from_millis(50);
    cache.set("value", "1".into(), ttl).await.unwrap();
    assert_eq!(cache.increment("count", 2, ttl).await.unwrap(), 2);
    until(async || cache.get("value").await.unwrap().is_none()).await;
    until(async || cache.get("count").await.unwrap().is_none()).await;
}

#[tokio::test]
async fn a_bucket_is_shared_and_fills_up_again() {
    let server = RedisServer::start();
    let one = Redis::new(&server.url()).unwrap();
    let other = Redis::new(&server.url()).unwrap();
    let take = async |redis: &Redis| redis.take_token("bucket", 3, HOUR).await.unwrap();
    assert_eq!(take(&one).await, Token::Taken { left: 2 });
    assert_eq!(take(&other).await, Token::Taken { left: 1 });
    assert_eq!(take(&one).await, Token::Taken { left: 0 });
    let Token::In(wait) = take(&other).await else {
        panic!("a fourth token")
    };
    assert!(wait > HOUR - 10 * SECOND && wait <= HOUR, "{wait:?}");
    let quick = Duration::from_millis(20);
    one.take_token("quick", 1, quick).await.unwrap();
    until(async || one.take_token("quick", 1, quick).await.unwrap() == Token::Taken { left: 0 })
        .await;
}

#[tokio::test]
async fn many_at_once_get_no_more_than_there_is() {
    let server = RedisServer::start();
    let redis = Redis::new(&server.url()).unwrap();
    let takes = (0..200).map(|_| redis.take_token("bucket", 50, HOUR));
    let takes = futures::future::join_all(takes).await;
    let taken = |it: &Result<Token, CacheError>| matches!(it, Ok(Token::Taken { .. }));
    assert_eq!(takes.iter().filter(|it| taken(it)).count(), 50);
    assert!(takes.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_dead_server_is_left_alone_until_it_answers_again() {
    let mut server = RedisServer::start();
    let redis = Redis::new(&server.url()).unwrap();
    redis.ping().await.unwrap();
    server.kill();
    assert!(redis.ping().await.is_err());
    assert_eq!(redis.state(), BreakerState::Open);
    let started = Instant::now();
    for _ in 0..100 {
        assert!(redis.ping().await.is_err());
    }
    assert!(started.elapsed() < SECOND, "nothing is waited for");
    server.restart();
    until(async || redis.ping().await.is_ok()).await;
    assert_eq!(redis.state(), BreakerState::Closed);
}

#[tokio::test]
async fn a_server_that_hangs_is_not_waited_for() {
    let hanging = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", hanging.local_addr().unwrap());
    let redis = Redis::new(&url).unwrap();
    let started = Instant::now();
    assert!(redis.ping().await.is_err());
    assert!(started.elapsed() < 5 * SECOND);
}

#[tokio::test]
async fn the_standby_cache_serves_while_redis_is_gone() {
    let mut server = RedisServer::start();
    let shared = Arc::new(RedisCache::new(Redis::new(&server.url()).unwrap()));
    let standby = Arc::new(MemoryCache::new(SystemClock::shared()));
    let cache = FallbackCache::new(shared.clone(), standby.clone());
    cache::contract::run(&cache).await;
    cache.increment("before", 1, HOUR).await.unwrap();
    assert_eq!(standby.get("before").await.unwrap(), None);
    server.kill();
    cache::contract::run(&cache).await;
    cache.increment("during", 1, HOUR).await.unwrap();
    assert!(standby.get("during").await.unwrap().is_some());
    server.restart();
    until(async || shared.ping().await.is_ok()).await;
    assert_eq!(cache.get("during").await.unwrap(), None);
}

/// Waits for something that only real time brings about.
async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + 20 * SECOND;
    while !holds().await {
        assert!(Instant::now() < deadline, "waited in vain");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
