using Marketplace.Clusters.Binding;
using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Connections;
using Marketplace.Clusters.Inventory;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Clusters.Spaces;
using Marketplace.Clusters.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Marketplace.Clusters.Tests.Binding;

/// <summary>The binder with dedicated namespaces: what is held, who gets it, and what happens when it breaks.</summary>
public sealed class SpacePlacesTests : IAsyncLifetime
{
    private const string Space = "cm-ns-con-1";
    private static readonly AcceleratorAsk Card = new("V100M32", 1);
    private readonly LiveCluster live;
    private readonly Binder binder;
    private readonly HashSet<string> wanted = new(StringComparer.Ordinal) { Space, "cm-t/con_2" };

    public SpacePlacesTests()
    {
        var time = new ManualTimeProvider();
        live = new LiveCluster(new InventoryReader(AcceleratorCatalogue.Default), time);
        var client = new FakeServer((_, _) => FakeServer.Json("{}")).Client(time, new KubernetesClientOptions { Retries = 0 });
        binder = new Binder(
            "c",
            client,
            live,
            AcceleratorCatalogue.Default,
            key => wanted.Contains(key) ? [] : null,
            new BinderOptions(),
            time,
            NullLogger.Instance
        );
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await binder.DisposeAsync();

    [Fact]
    public async Task What_is_held_for_a_namespace_is_given_to_nobody_else_and_to_it_at_once()
    {
        AddNode("a", 2);
        live.SetSpace(Space, new SoldSpace([Piece("a", 1, "gpu-0")]));
        AddOurs("ours-0");
        AddOurs("ours-1");
        Assert.Equal(1, await RoundAsync());
        AddTheirs("theirs");
        Assert.Equal(1, await RoundAsync());

        Assert.Equal(["a"], Nodes(Space));
        Assert.Equal(0, await RoundAsync());
        live.SetSpace(Space, null);
        Assert.Equal(0, live.Inventory().Nodes.Single().Devices.Count(d => d.IsFree));
    }

    [Fact]
    public async Task A_piece_on_a_broken_node_is_made_good_elsewhere_and_a_piece_that_is_too_small_is_not()
    {
        AddNode("a", 4);
        AddNode("b", 4);
        live.SetSpace(Space, new SoldSpace([Piece("a", 1)]));
        AddTheirs("large", cards: 2);
        Assert.Equal(0, await RoundAsync());

        live.SetSpace(Space, new SoldSpace([Piece("gone", 2)]));
        Assert.Equal(1, await RoundAsync());
        // It stands where nothing was sold, so nobody may count on that place being free.
        Assert.Equal(6, live.Inventory().Nodes.Sum(n => n.Devices.Count(d => d.IsFree)));
        Assert.Single(live.Inventory().Nodes.SelectMany(n => n.Spaces).SelectMany(s => s.Outside));
    }

    [Fact]
    public async Task Pods_of_contracts_that_nobody_wants_here_wait_until_somebody_does()
    {
        AddNode("a", 8);
        live.SetSpace(Space, new SoldSpace([Piece("a", 1)]));
        wanted.Clear();
        AddTheirs("theirs");
        AddOurs("ours");
        Assert.Equal(0, await RoundAsync());

        wanted.Add(Space);
        wanted.Add("cm-t/con_2");
        Assert.Equal(2, await RoundAsync());
    }

    [Fact]
    public async Task Without_a_word_of_what_was_sold_it_is_placed_anywhere_and_counted_as_foreign()
    {
        AddNode("a", 2);
        AddTheirs("theirs");

        Assert.Equal(1, await RoundAsync());
        Assert.Equal(1, live.Inventory().Nodes.Single().Devices.Count(d => d.IsFree));
    }

    [Fact]
    public async Task Several_pods_of_a_round_share_what_was_sold_without_overlap()
    {
        AddNode("a", 4);
        AddNode("b", 4);
        live.SetSpace(Space, new SoldSpace([Piece("a", 1), Piece("b", 2)]));
        foreach (var name in (string[])["p0", "p1", "p2", "p3"])
        {
            AddTheirs(name);
        }

        Assert.Equal(3, await RoundAsync());
        Assert.Equal(["a", "b", "b"], Nodes(Space));
        Assert.Empty(live.Inventory().Nodes.SelectMany(n => n.Spaces).SelectMany(s => s.Outside));
    }

    private static SoldPiece Piece(string node, int cards, params string[] devices) =>
        new(node, 4000, 4096, Card with { Cards = cards }, devices);

    private async Task<int> RoundAsync() => await Until.Within(binder.RoundAsync(CancellationToken.None), "the round");

    private IEnumerable<string> Nodes(string key) =>
        live.PodsOf(key).Select(p => p.Spec.NodeName).OfType<string>().Order(StringComparer.Ordinal);

    private void AddNode(string name, int cards) =>
        live.Change(new KubeChange<KubeNode>(null, Kube.Node(name, [("nvidia.com/gpu", cards)], [("nvidia.com/gpu.product", "V100M32")])));

    private void AddTheirs(string name, int cards = 1) => Add(Space, Kube.PodJson(name, [("nvidia.com/gpu", $"{cards}")]));

    private void AddOurs(string name) =>
        Add(
            "cm-t",
            Kube.PodJson(
                name,
                [("nvidia.com/gpu", "1")],
                [(Marks.ManagedBy, Marks.ManagedByValue), (Marks.Contract, "con_2")],
                [(Marks.Ask, PodDevices.Write(Card))]
            )
        );

    private void Add(string ns, System.Text.Json.Nodes.JsonObject pod)
    {
        pod["metadata"]!["namespace"] = ns;
        pod["metadata"]!["uid"] = "uid-" + pod["metadata"]!["name"];
        live.Change(new KubeChange<KubePod>(null, Kube.Read<KubePod>(pod)));
    }
}
