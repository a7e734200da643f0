using Marketplace.Platform.States;
using Marketplace.Provisioning.Contracts;
using Marketplace.Provisioning.Domain;

namespace Marketplace.Provisioning.Tests;

/// <summary>Every pair that a table does not list fails loudly; every pair it lists does not.</summary>
public sealed class StateTableTests
{
    [Fact]
    public void Workloads_cannot_take_a_forbidden_step() => Check(StateMachines.Workload, allowed: 41);

    [Fact]
    public void Clusters_cannot_take_a_forbidden_step() => Check(StateMachines.Cluster, allowed: 11);

    [Theory]
    [InlineData(WorkloadPhase.Terminated, WorkloadPhase.Ready)]
    [InlineData(WorkloadPhase.Terminating, WorkloadPhase.Ready)]
    [InlineData(WorkloadPhase.Error, WorkloadPhase.Ready)]
    public void What_ended_does_not_come_back(WorkloadPhase from, WorkloadPhase to) =>
        Assert.Throws<IllegalTransitionException>(() => StateMachines.Workload.Move(from, to));

    private static void Check<T>(TransitionTable<T> table, int allowed)
        where T : struct, Enum
    {
        var forbidden = table.Forbidden().ToHashSet();
        foreach (var (from, to) in forbidden)
            Assert.Throws<IllegalTransitionException>(() => table.Move(from, to));
        var states = Enum.GetValues<T>();
        var listed = states.SelectMany(f => states.Select(t => (f, t))).Where(p => !forbidden.Contains(p)).ToList();
        Assert.All(listed, p => Assert.Equal(p.t, table.Move(p.f, p.t)));
        Assert.Equal(allowed, listed.Count);
    }
}
