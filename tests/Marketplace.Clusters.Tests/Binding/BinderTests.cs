using System.Text.Json.Nodes;
using Marketplace.Clusters.Binding;
using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Connections;
using Marketplace.Clusters.Inventory;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Clusters.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Marketplace.Clusters.Tests.Binding;

/// <summary>The binder against a server that says exactly what the test wants, and a watch that shows nothing until told.</summary>
public sealed class BinderTests : IAsyncLifetime
{
    private readonly ManualTimeProvider time = new();
    private readonly List<(string Pod, string Node, string Devices)> bindings = [];
    private readonly List<string> patched = [];
    private string[] sold = [];
    private readonly LiveCluster live;
    private readonly Binder binder;
    private Func<HttpResponseMessage> bindingAnswer = () => FakeServer.Json("{}");

    public BinderTests()
    {
        live = new LiveCluster(new InventoryReader(AcceleratorCatalogue.Default), time);
        var client = new FakeServer(Answer).Client(time, new KubernetesClientOptions { Retries = 0 });
        binder = new Binder("c", client, live, AcceleratorCatalogue.Default, _ => sold, new BinderOptions(), time, NullLogger.Instance);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await binder.DisposeAsync();

    [Fact]
    public async Task A_device_given_before_the_watch_shows_it_is_not_given_again()
    {
        AddNode("n", 2);
        AddPod("a");
        Assert.Equal(1, await RoundAsync());
        AddPod("b");
        Assert.Equal(1, await RoundAsync());
        AddPod("c");
        Assert.Equal(0, await RoundAsync());

        Assert.Equal(2, bindings.Select(b => b.Devices).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task A_gang_with_a_missing_member_waits_even_if_there_is_room()
    {
        AddNode("n", 8);
        AddPod("g0", gangSize: 3);
        AddPod("g1", gangSize: 3);
        Assert.Equal(0, await RoundAsync());

        AddPod("g2", gangSize: 3);
        Assert.Equal(3, await RoundAsync());
    }

    [Fact]
    public async Task A_replaced_member_takes_the_place_that_is_free()
    {
        AddNode("n", 8);
        AddPod("g0", gangSize: 2, bound: ("n", "1"));
        AddPod("g1", gangSize: 2);
        Assert.Equal(1, await RoundAsync());

        Assert.Contains(patched, p => p.Contains("/pods/g1", StringComparison.Ordinal));
        Assert.Equal("0", live.PodsOf("cm-t/con_1").Single(p => p.Metadata.Name == "g1").Metadata.Annotations[Marks.Rank]);
    }

    [Fact]
    public async Task A_refused_binding_gives_its_devices_back_at_once()
    {
        AddNode("n", 1);
        AddPod("a");
        bindingAnswer = () => FakeServer.Status(409, "Conflict", "pod a is already assigned");
        Assert.Equal(0, await RoundAsync());
        Assert.True(Assert.Single(live.Inventory().Nodes[0].Devices).IsFree);

        bindingAnswer = () => FakeServer.Json("{}");
        Assert.Equal(1, await RoundAsync());
    }

    [Fact]
    public async Task A_binding_without_an_answer_counts_as_made_until_it_is_certain()
    {
        AddNode("n", 1);
        AddPod("a");
        bindingAnswer = () => throw new HttpRequestException("cut");
        Assert.Equal(0, await RoundAsync());
        Assert.False(Assert.Single(live.Inventory().Nodes[0].Devices).IsFree);
        AddPod("b");
        Assert.Equal(0, await RoundAsync());

        time.Advance(TimeSpan.FromSeconds(60) - TimeSpan.FromTicks(1));
        Assert.False(Assert.Single(live.Inventory().Nodes[0].Devices).IsFree);
        time.Advance(TimeSpan.FromTicks(1));
        Assert.True(Assert.Single(live.Inventory().Nodes[0].Devices).IsFree);
    }

    [Fact]
    public async Task A_reason_for_waiting_is_written_once()
    {
        AddNode("n", 1);
        AddPod("a", cards: 4);
        await RoundAsync();
        await RoundAsync();

        Assert.Single(patched, p => p.EndsWith("/pods/a/status", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_shape_that_does_not_fit_does_not_keep_another_from_fitting()
    {
        AddNode("n", 2);
        AddPod("a", cards: 4);
        AddPod("b", cards: 1);

        Assert.Equal(1, await RoundAsync());
        Assert.Equal("b", Assert.Single(bindings).Pod);
    }

    [Fact]
    public async Task A_contract_runs_where_it_was_sold()
    {
        foreach (var node in (string[])["a", "b", "c"])
        {
            AddNode(node, 8);
        }

        sold = ["c", "b", "c"];
        AddPod("p0");
        AddPod("p1");
        Assert.Equal(2, await RoundAsync());
        AddPod("p2");
        Assert.Equal(1, await RoundAsync());

        Assert.Equal(["b", "c", "c"], bindings.Select(b => b.Node).Order(StringComparer.Ordinal));
        // Beyond what was sold there is nothing to follow.
        AddPod("p3");
        Assert.Equal(1, await RoundAsync());
    }

    [Fact]
    public async Task A_gang_runs_on_the_nodes_it_was_sold_on()
    {
        foreach (var node in (string[])["a", "b", "c"])
        {
            AddNode(node, 8);
        }

        sold = ["c", "a", "c", "a"];
        foreach (var pod in (string[])["g0", "g1", "g2", "g3"])
        {
            AddPod(pod, cards: 4, gangSize: 4);
        }

        Assert.Equal(4, await RoundAsync());
        Assert.Equal(["a", "a", "c", "c"], bindings.Select(b => b.Node).Order(StringComparer.Ordinal));
        Assert.Equal(4, bindings.Select(b => (b.Node, b.Devices)).Distinct().Count());
    }

    [Fact]
    public async Task A_place_that_does_not_fit_any_more_is_given_up_for_one_that_does()
    {
        AddNode("a", 8);
        AddNode("b", 2);
        sold = ["b", "b"];
        AddPod("g0", cards: 2, gangSize: 2);
        AddPod("g1", cards: 2, gangSize: 2);

        // Half of it would fit where it was sold: it moves as a whole, and what was tried leaves no trace.
        Assert.Equal(2, await RoundAsync());
        Assert.Equal(["a", "a"], bindings.Select(b => b.Node));
        sold = [];
        AddPod("other", cards: 2);
        Assert.Equal(1, await RoundAsync());
    }

    [Fact]
    public async Task A_sold_node_that_is_gone_is_no_reason_to_wait()
    {
        AddNode("a", 1);
        sold = ["gone"];
        AddPod("p");

        Assert.Equal(1, await RoundAsync());
        Assert.Equal("a", Assert.Single(bindings).Node);
    }

    private async Task<int> RoundAsync() => await Until.Within(binder.RoundAsync(CancellationToken.None), "the round");

    private void AddNode(string name, int cards)
    {
        var node = Kube.Node(name, [("nvidia.com/gpu", cards)], [("nvidia.com/gpu.product", "V100M32")]);
        live.Change(new KubeChange<KubeNode>(null, node));
    }

    private void AddPod(string name, int cards = 1, int? gangSize = null, (string Node, string Rank)? bound = null)
    {
        var labels = new JsonObject { [Marks.ManagedBy] = Marks.ManagedByValue, [Marks.Contract] = "con_1" };
        var annotations = new JsonObject { [Marks.Ask] = PodDevices.Write(new AcceleratorAsk("V100M32", cards)) };
        if (gangSize is { } size)
        {
            labels[Marks.Gang] = "con-1";
            annotations[Marks.GangSize] = $"{size}";
        }

        if (bound is { } at)
        {
            annotations[Marks.Rank] = at.Rank;
            annotations[Marks.Devices] = PodDevices.Write([new DeviceAssignment("gpu-7", "V100M32", 1000, 32768)]);
        }

        var pod = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = "cm-t",
                ["uid"] = "uid-" + name,
                ["labels"] = labels,
                ["annotations"] = annotations,
            },
            ["spec"] = new JsonObject
            {
                ["schedulerName"] = Marks.SchedulerName,
                ["nodeName"] = bound?.Node,
                ["containers"] = new JsonArray(new JsonObject { ["name"] = "main" }),
            },
            ["status"] = new JsonObject { ["phase"] = "Pending" },
        };
        live.Change(new KubeChange<KubePod>(null, Kube.Read<KubePod>(pod)));
    }

    private HttpResponseMessage Answer(HttpRequestMessage request, int number)
    {
        var path = request.RequestUri!.AbsolutePath;
        if (!path.EndsWith("/binding", StringComparison.Ordinal))
        {
            lock (patched)
            {
                patched.Add(path);
            }

            return FakeServer.Json("{}");
        }

        var answer = bindingAnswer();
        if (answer.IsSuccessStatusCode)
        {
            var body = JsonNode.Parse(request.Content!.ReadAsStringAsync().GetAwaiter().GetResult())!;
            lock (bindings)
            {
                bindings.Add(
                    (
                        (string)body["metadata"]!["name"]!,
                        (string)body["target"]!["name"]!,
                        (string)body["metadata"]!["annotations"]![Marks.Devices]!
                    )
                );
            }
        }

        return answer;
    }
}
