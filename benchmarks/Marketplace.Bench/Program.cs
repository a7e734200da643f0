using Marketplace.Bench;
using Marketplace.Platform.Postgres;

if (args.Length == 0 || Benchmarks.All.FirstOrDefault(known => known.Name == args[0]) is not { } benchmark)
{
    var width = Benchmarks.All.Max(known => known.Name.Length);
    var list = Benchmarks.All.Select(known => $"  {known.Name.PadRight(width)}  {known.Summary}");
    await Console.Error.WriteLineAsync(
        (args.Length == 0 ? "Name a benchmark:" : $"There is no benchmark {args[0]}. Known:") + "\n" + string.Join('\n', list)
    );
    return 2;
}
string? data = Environment.GetEnvironmentVariable("MARKETPLACE_BENCH_DATA");
switch (args[1..])
{
    case []:
        break;
    case ["--data", var folder]:
        data = folder;
        break;
    default:
        await Console.Error.WriteLineAsync($"Usage: ./bench {benchmark.Name} [--data DIR]");
        return 2;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = true;
    stop.Cancel();
};
var work = Directory.CreateTempSubdirectory("marketplace-bench-").FullName;
if (!OperatingSystem.IsWindows())
    // PostgreSQL's own account passes through it.
    File.SetUnixFileMode(
        work,
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute
    );
try
{
    var context = new BenchmarkContext(data, work, line => Console.Error.WriteLine($"[{benchmark.Name}] {line}"));
    var measurements = await benchmark.RunAsync(context, stop.Token);
    if (!benchmark.OwnTable)
        await Console.Out.WriteAsync(Report.Table(measurements));
    foreach (var measurement in measurements)
        await Console.Out.WriteLineAsync(Report.Json(benchmark.Name, measurement));
    if (PromisedFigures.Missing(benchmark.Name, measurements) is { Count: > 0 } missing)
        throw new BenchmarkException($"The benchmark has not measured what it promises: {string.Join("; ", missing)}");
    return 0;
}
catch (Exception error) when (error is BenchmarkException or PostgresUnavailableException)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 1;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 130;
}
finally
{
    Directory.Delete(work, recursive: true);
}
