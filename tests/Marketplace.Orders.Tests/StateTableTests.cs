using Marketplace.Orders.Contracts;
using Marketplace.Orders.Domain;
using Marketplace.Platform.States;

namespace Marketplace.Orders.Tests;

/// <summary>Every pair that a table does not list fails loudly; every pair it lists does not.</summary>
public sealed class StateTableTests
{
    [Fact]
    public void Quotes_cannot_take_a_forbidden_step() => Check(StateMachines.Quote, allowed: 3);

    [Fact]
    public void Order_lines_cannot_take_a_forbidden_step() => Check(StateMachines.Line, allowed: 40);

    [Fact]
    public void Contracts_cannot_take_a_forbidden_step() => Check(StateMachines.Contract, allowed: 28);

    [Fact]
    public void Stops_cannot_take_a_forbidden_step() => Check(StateMachines.Stop, allowed: 10);

    [Theory]
    [InlineData(ContractState.Settled, ContractState.Active)]
    [InlineData(ContractState.Ended, ContractState.Active)]
    [InlineData(ContractState.Active, ContractState.Active)]
    [InlineData(ContractState.Scheduled, ContractState.Degraded)]
    public void The_dangerous_steps_are_forbidden(ContractState from, ContractState to) =>
        Assert.Throws<IllegalTransitionException>(() => StateMachines.Contract.Move(from, to));

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
