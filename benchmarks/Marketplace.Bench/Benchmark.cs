using System.Globalization;

namespace Marketplace.Bench;

/// <summary>One benchmark: add a line to <see cref="Benchmarks.All"/> and a file with the work.</summary>
/// <param name="Name">What follows <c>./bench</c>, and the field <c>bench</c> of its JSON lines.</param>
/// <param name="Summary">One line for the list.</param>
/// <param name="RunAsync">Does the work and returns what it measured.</param>
internal sealed record Benchmark(
    string Name,
    string Summary,
    Func<BenchmarkContext, CancellationToken, Task<IReadOnlyList<Measurement>>> RunAsync
);

/// <summary>One figure.</summary>
/// <param name="Metric">The name, with the unit at its end: <c>order_to_running_p50_s</c>.</param>
/// <param name="Aim">What it is held against, in words such as <c>≤ 2</c>; null for a figure without an aim.</param>
/// <param name="Case">What was measured when a benchmark measures several; null when there is one.</param>
/// <param name="Unit">The unit, when the name does not end with it.</param>
internal sealed record Measurement(string Metric, double Value, string? Aim = null, string? Case = null, string Unit = "")
{
    public string Text => Value.ToString("0.######", CultureInfo.InvariantCulture);
}

/// <summary>What a benchmark may use.</summary>
/// <param name="DataFolder">Recorded data sets; null when none were given.</param>
/// <param name="WorkFolder">A folder of its own, removed afterwards.</param>
/// <param name="Log">Progress, on standard error.</param>
internal sealed record BenchmarkContext(string? DataFolder, string WorkFolder, Action<string> Log)
{
    /// <summary>The path of a recorded data set.</summary>
    /// <exception cref="BenchmarkException">There is no such file; the message says how to give the folder.</exception>
    public string Data(string relativePath)
    {
        var path = Path.Combine(DataFolder ?? "(no data folder)", relativePath);
        return File.Exists(path) || Directory.Exists(path)
            ? path
            : throw new BenchmarkException($"{path} is missing. Give the folder with --data DIR.");
    }
}

/// <summary>The benchmark cannot run here; the message says why and what to do.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
