using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Marketplace.Testing;

/// <summary>Keeps what the host logs as an error, so that a 500 in a test says why.</summary>
public sealed class ErrorLog : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> lines = new();

    public IReadOnlyCollection<string> Lines => lines;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (IsEnabled(logLevel) && lines.Count < 200)
            lines.Enqueue(
                $"{formatter(state, exception)}: {exception?.GetBaseException().GetType().Name}: {exception?.GetBaseException().Message} {Where(exception)}"
            );
    }

    public void Dispose() { }

    private static string? Where(Exception? exception) =>
        exception
            ?.GetBaseException()
            .StackTrace?.Split('\n')
            .FirstOrDefault(l => l.Contains("Marketplace.", StringComparison.Ordinal))
            ?.Trim();
}
