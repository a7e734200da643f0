using System.Text.Json;
using Marketplace.Scheduling.Packing;

namespace Marketplace.Bench.Tests;

/// <summary>The names under which figures are read by others, without running a benchmark.</summary>
public sealed class FigureShapeTests
{
    [Fact]
    public void A_line_has_five_fields_and_nothing_else()
    {
        using var line = JsonDocument.Parse(Report.Json("decide", new Measurement("p99_us", 12.3456789, "µs", "≤ 25", "10k/indexed")));

        Assert.Equal(["bench", "case", "metric", "value", "unit"], line.RootElement.EnumerateObject().Select(field => field.Name));
        Assert.Equal("decide", line.RootElement.GetProperty("bench").GetString());
        Assert.Equal("10k/indexed", line.RootElement.GetProperty("case").GetString());
        Assert.Equal("p99_us", line.RootElement.GetProperty("metric").GetString());
        Assert.Equal(12.345679, line.RootElement.GetProperty("value").GetDouble());
        Assert.Equal("µs", line.RootElement.GetProperty("unit").GetString());
    }

    [Fact]
    public void Everything_promised_is_asked_for()
    {
        foreach (string bench in (string[])["openb", "decide", "kubeperf", "queues", "reclaim", "market", "gavel", "work"])
        {
            Assert.Contains(Benchmarks.All, known => known.Name == bench);
            Assert.NotEmpty(PromisedFigures.Missing(bench, []));
        }

        Assert.Empty(PromisedFigures.Missing("database", []));
    }

    [Fact]
    public void A_figure_under_another_name_is_missed()
    {
        Measurement[] complete = [new("cpu_s", 1, "s", Case: "baseline"), new("makespan_over_bound", 1, "", Case: "baseline")];
        var large = complete.Select(figure => figure with { Case = "large" }).ToList();
        Assert.Empty(PromisedFigures.Missing("queues", [.. complete, .. large]));

        Assert.Equal(["no case large"], PromisedFigures.Missing("queues", complete));
        Assert.Equal(
            ["no case large"],
            PromisedFigures.Missing("queues", [.. complete, .. large.Select(f => f with { Case = "large/reclaim" })])
        );
        Assert.Equal(["cpu_s of large"], PromisedFigures.Missing("queues", [.. complete, large[1]]));
    }

    [Fact]
    public void Openb_owes_every_policy_of_a_workload()
    {
        var figures = PackingPolicies
            .Names.SelectMany(policy => (string[])["allocation100", "allocation130", "sd100"], (policy, metric) => (policy, metric))
            .Concat([(policy: "default", metric: "pods_per_second"), (policy: "default", metric: "p99_us")])
            .Select(each => new Measurement(each.metric, 1, "", Case: $"cpu050/{each.policy}"))
            .ToList();
        Assert.Empty(PromisedFigures.Missing("openb", figures));

        Assert.Equal(["no case [a-z0-9]+/fgd"], PromisedFigures.Missing("openb", [.. figures.Where(f => f.Case != "cpu050/fgd")]));
        Assert.Equal(["p99_us of cpu050/default"], PromisedFigures.Missing("openb", [.. figures.Where(f => f.Metric != "p99_us")]));
    }
}
