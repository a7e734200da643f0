using System.Net.Sockets;
using Npgsql;

namespace Marketplace.Faults.Tests.Support;

/// <summary>What a caller sees when the database or the way to it goes: no answer. It then asks again under the same key.</summary>
internal static class Lost
{
    private const int MaxAttempts = 300;

    /// <summary>True when the exception says that there was no answer, not that the answer was a refusal.</summary>
    public static bool Answer(Exception error) =>
        error switch
        {
            PostgresException p => p.SqlState
                is PostgresErrorCodes.AdminShutdown
                    or PostgresErrorCodes.CrashShutdown
                    or PostgresErrorCodes.CannotConnectNow
                    or PostgresErrorCodes.SerializationFailure
                    or PostgresErrorCodes.DeadlockDetected,
            NpgsqlException or IOException or SocketException or ObjectDisposedException => true,
            { InnerException: { } inner } => Answer(inner),
            _ => false,
        };

    /// <summary>Repeats under the same key until there is an answer.</summary>
    public static async Task<T> RetryAsync<T>(Func<Task<T>> act, Action? lost = null)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await act();
            }
            catch (Exception error) when (attempt < MaxAttempts && Answer(error))
            {
                lost?.Invoke();
            }
        }
    }
}
