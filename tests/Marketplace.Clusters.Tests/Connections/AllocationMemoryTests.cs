using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Connections;
using Marketplace.Clusters.Inventory;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Clusters.Tests.Support;

namespace Marketplace.Clusters.Tests.Connections;

public sealed class AllocationMemoryTests
{
    private const string Contract = "con_1";
    private static readonly DateTimeOffset Asked = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly ManualTimeProvider time = new(Asked.AddSeconds(40));
    private readonly LiveCluster live;
    private readonly AllocationMemory memory;
    private KubePod? seen;

    public AllocationMemoryTests()
    {
        live = new LiveCluster(new InventoryReader(AcceleratorCatalogue.Default), time);
        memory = new AllocationMemory(TimeSpan.FromHours(1), time);
    }

    [Fact]
    public void A_pod_counts_until_it_was_asked_to_end_however_long_it_takes()
    {
        See(Running);
        Assert.Equal((null, null), Reading());

        // Thirty seconds of grace: the time stamp lies ahead, the request was now.
        See(Terminating(Asked.AddSeconds(30), grace: 30));
        Assert.Equal((Asked, null), Reading());

        // Somebody loses patience: the time stamp moves, the request does not.
        See(Terminating(Asked.AddSeconds(12), grace: 0));
        Assert.Equal((Asked, null), Reading());

        See(null);
        Assert.Equal((null, Asked), Reading());
    }

    [Fact]
    public void A_pod_that_vanishes_unasked_counts_until_its_absence_was_seen()
    {
        See(Running);
        See(null);
        Assert.Equal((null, time.GetUtcNow()), Reading());
    }

    private static KubePod Running
    {
        get
        {
            var pod = Kube.Pod("worker-0", "node-1");
            return pod with
            {
                Metadata = pod.Metadata with
                {
                    Labels = new Dictionary<string, string>(StringComparer.Ordinal)
                    {
                        [Marks.ManagedBy] = Marks.ManagedByValue,
                        [Marks.Contract] = Contract,
                    },
                },
                Status = pod.Status with
                {
                    Conditions =
                    [
                        new KubeCondition
                        {
                            Type = "Ready",
                            Status = "True",
                            LastTransitionTime = Asked.AddMinutes(-5),
                        },
                    ],
                },
            };
        }
    }

    private static KubePod Terminating(DateTimeOffset by, long grace) =>
        Running with
        {
            Metadata = Running.Metadata with { DeletionTimestamp = by, DeletionGracePeriodSeconds = grace },
        };

    private void See(KubePod? pod)
    {
        var change = new KubeChange<KubePod>(seen, pod);
        live.Change(change);
        memory.Change(change);
        seen = pod;
    }

    private (DateTimeOffset? StoppingSince, DateTimeOffset? FinishedAt) Reading()
    {
        var reading = Assert.Single(memory.Read(live, key => key == $"cm-test/{Contract}" ? Contract : null));
        Assert.Equal((Contract, Asked.AddMinutes(-5)), (reading.ContractId, reading.ReadyAt));
        return (reading.StoppingSince, reading.FinishedAt);
    }
}
