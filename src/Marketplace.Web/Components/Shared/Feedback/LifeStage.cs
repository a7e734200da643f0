namespace Marketplace.Web.Components.Shared.Feedback;

/// <summary>How far a stage of a <see cref="LifeLine"/> is.</summary>
public enum StageState
{
    Todo,
    Now,
    Done,
    Failed,
}

/// <summary>One stage of an order's or a run's life.</summary>
/// <param name="Moment">A time or a duration, already as text.</param>
/// <param name="Note">One line of what happened there.</param>
public sealed record LifeStage(string Name, StageState State, string? Moment = null, string? Note = null);
