using System.Globalization;

namespace Marketplace.Bench;

/// <summary>One benchmark: add a line to <see cref="Benchmarks.All"/> and a file with the work.</summary>
/// <param name="Name">What follows <c>./bench</c>, and the field <c>bench</c> of its JSON lines.</param>
/// <param name="Summary">One line for the list.</param>
/// <param name="RunAsync">Does the work and returns what it measured.</param>
/// <param name="OwnTable">It prints a table of its own, for figures that are read side by side.</param>
internal sealed record Benchmark(
    string Name,
    string Summary,
    Func<BenchmarkContext, CancellationToken, Task<IReadOnlyList<Measurement>>> RunAsync,
    bool OwnTable = false
);

/// <summary>One figure.</summary>
/// <param name="Metric">The name, with the unit at its end where it has one: <c>order_to_running_p50_s</c>.</param>
/// <param name="Unit">What the value counts: <c>s</c>, <c>ms</c>, <c>1/s</c>, <c>MiB</c>, <c>%</c>.</param>
/// <param name="Aim">What it is held against, in words such as <c>≤ 2</c>; null for a figure without an aim.</param>
/// <param name="Case">Which of several runs of the benchmark; empty when there is one.</param>
internal sealed record Measurement(string Metric, double Value, string Unit, string? Aim = null, string Case = "")
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
