//! Says hello in the visitor's language.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

static GREETINGS: AtomicU64 = AtomicU64::new(0);

fn greeting(language: &str) -> &'static str {
    match language {
        "de" => "Guten Tag",
        "fr" => "Bonjour",
        "ga" => "Dia dhuit",
        _ => "Hello",
    }
}

fn answer(path: &str) -> (u16, String) {
    match path {
        "/healthz" => (200, "ok\n".into()),
        "/metrics" => {
            let count = GREETINGS.load(Ordering::Relaxed);
            (
                200,
                format!("# TYPE greetings_total counter\ngreetings_total {count}\n"),
            )
        }
        _ => match path.strip_prefix("/hello/") {
            Some(language) => {
                GREETINGS.fetch_add(1, Ordering::Relaxed);
                (200, format!("{}\n", greeting(language)))
            }
            None => (404, "not found\n".into()),
        },
    }
}

fn serve(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let (status, body) = answer(request.split(' ').nth(1).unwrap_or("/"));
    write!(
        stream,
        "HTTP/1.1 {status} \r\nContent-Type: text/plain; version=0.0.4\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn main() -> std::io::Result<()> {
    let port = std::env::var("PORT").unwrap_or_else(|_| "4567".into());
    let listener = TcpListener::bind(format!("0.0.0.0:{port}"))?;
    println!("{{\"message\": \"listening\", \"port\": \"{port}\"}}");
    for stream in listener.incoming().flatten() {
        thread::spawn(move || serve(stream));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_that_nobody_taught_it_is_english() {
        assert_eq!(greeting("fr"), "Bonjour");
        assert_eq!(greeting("tlh"), "Hello");
    }

    #[test]
    fn greetings_are_counted_and_probes_are_not() {
        answer("/hello/de");
        answer("/healthz");
        assert!(answer("/metrics").1.ends_with("greetings_total 1\n"));
    }

    #[test]
    fn other_paths_are_not_found() {
        assert_eq!(answer("/").0, 404);
    }
}
