using System.Runtime.CompilerServices;
using Marketplace.Testing;

namespace Marketplace.Faults.Tests.Support;

/// <summary>
/// A fault is tried a few times with seeds that follow each other: few rounds inside <c>./test</c>, many in <c>./test faults</c>. A failure
/// names the round's seed, and with <c>./test faults --seed N</c> that round comes first.
/// </summary>
internal static class Rounds
{
    /// <exception cref="FaultFoundException">A round fails; the message holds its seed.</exception>
    public static async Task RunAsync(
        int brief,
        int extended,
        Func<int, Task> round,
        [CallerMemberName] string name = "",
        [CallerFilePath] string file = ""
    )
    {
        int first = Properties.SeedFor(name, file);
        for (int i = 0; i < Properties.Of(brief, extended); i++)
        {
            int seed = unchecked(first + i) & int.MaxValue;
            try
            {
                await round(seed);
            }
            catch (Exception error)
            {
                throw new FaultFoundException(
                    $"Round {i + 1}, seed {seed}: {error.Message}\nRepeat it with: ./test faults --seed {seed}",
                    error
                );
            }
        }
    }
}

/// <summary>A fault has left something wrong; the message says how to repeat it.</summary>
public sealed class FaultFoundException(string message, Exception cause) : Exception(message, cause);
