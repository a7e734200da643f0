using System.Globalization;
using System.Runtime.CompilerServices;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace Marketplace.Testing;

/// <summary>
/// Runs FsCheck properties so that a failure can be repeated: the seed comes from the test's name, a failure prints it, and
/// <c>FSCHECK_SEED=seed,gamma</c> replays it. <c>FSCHECK_SEED=random</c> explores with a new one each time.
/// </summary>
public static class Properties
{
    public const string SeedVariable = "FSCHECK_SEED";

    public const string LongVariable = "FAULTS_LONG";

    /// <summary>True inside <c>./test faults</c>.</summary>
    public static bool Long { get; } = Environment.GetEnvironmentVariable(LongVariable) == "1";

    /// <summary>One number for <c>./test</c>, another for <c>./test faults</c>.</summary>
    public static int Of(int brief, int extended) => Long ? extended : brief;

    /// <summary>Checks a property.</summary>
    /// <param name="count">How many cases to try.</param>
    /// <exception cref="PropertyFailedException">A case fails; the message holds the case, shrunk, and the seed.</exception>
    public static void Check(Property property, int count = 100, [CallerMemberName] string name = "", [CallerFilePath] string file = "")
    {
        var seed = Seed(Environment.GetEnvironmentVariable(SeedVariable), Path.GetFileNameWithoutExtension(file) + "." + name);
        var config = Config.QuickThrowOnFailure.WithMaxTest(count).WithName(name).WithReplay(seed.State, seed.Gamma);
        try
        {
            property.Check(config);
        }
        catch (Exception error) when (error is not PropertyFailedException)
        {
            throw new PropertyFailedException($"{error.Message}\nReplay with {SeedVariable}={seed.State},{seed.Gamma}", error);
        }
    }

    /// <summary>Checks a predicate over one generated value.</summary>
    public static void Check<T>(
        Gen<T> values,
        Func<T, bool> holds,
        int count = 100,
        [CallerMemberName] string name = "",
        [CallerFilePath] string file = ""
    ) => Check(Prop.ForAll(values.ToArbitrary(), value => holds(value)), count, name, file);

    /// <summary>A number for this run, for tests that use <see cref="Random"/> instead of FsCheck; the same rules apply.</summary>
    public static int SeedFor([CallerMemberName] string name = "", [CallerFilePath] string file = "") =>
        (int)(
            Seed(Environment.GetEnvironmentVariable(SeedVariable), Path.GetFileNameWithoutExtension(file) + "." + name).State & int.MaxValue
        );

    internal static (ulong State, ulong Gamma) Seed(string? variable, string name)
    {
        if (string.IsNullOrWhiteSpace(variable))
            return (Hash(name), 1);
        if (variable == "random")
            return (BitConverter.ToUInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8)), 1);
        var parts = variable.Split(',');
        return
            parts.Length == 2
            && ulong.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var state)
            && ulong.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var gamma)
            ? (state, gamma | 1)
            : throw new InvalidOperationException(
                $"{SeedVariable} is {variable}. Use the two numbers a failure printed, as seed,gamma, or random."
            );
    }

    // FNV-1a: the same on every machine and in every process, unlike string.GetHashCode.
    private static ulong Hash(string text) =>
        text.Aggregate(14_695_981_039_346_656_037UL, (hash, letter) => unchecked((hash ^ letter) * 1_099_511_628_211UL));
}

/// <summary>A property does not hold; the message shows the smallest case found and how to repeat it.</summary>
public sealed class PropertyFailedException(string message, Exception cause) : Exception(message, cause);
