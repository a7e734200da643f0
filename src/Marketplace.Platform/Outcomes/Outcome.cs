using System.Diagnostics.CodeAnalysis;

namespace Marketplace.Platform.Outcomes;

/// <summary>Either a value or an expected <see cref="Outcomes.Problem"/>. Bugs throw instead.</summary>
public sealed class Outcome<T>
{
    private readonly T? value;

    private Outcome(T? value, Problem? problem) => (this.value, Problem) = (value, problem);

    public Problem? Problem { get; }

    [MemberNotNullWhen(false, nameof(Problem))]
    public bool IsOk => Problem is null;

    /// <summary>The value.</summary>
    /// <exception cref="InvalidOperationException">The outcome is a problem: check <see cref="IsOk"/> first.</exception>
    public T Value => IsOk ? value! : throw new InvalidOperationException($"No value: {Problem.Code}: {Problem.Detail}");

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Problem problem) => new(default, problem);

    public static Outcome<T> Ok(T value) => new(value, null);

    public static Outcome<T> Fail(Problem problem) => new(default, problem);

    public Outcome<TNext> Map<TNext>(Func<T, TNext> map) => IsOk ? Outcome<TNext>.Ok(map(value!)) : Outcome<TNext>.Fail(Problem);

    public TResult Match<TResult>(Func<T, TResult> ok, Func<Problem, TResult> problem) => IsOk ? ok(value!) : problem(Problem);
}

/// <summary>The value of an outcome that has nothing to tell.</summary>
public readonly record struct Done
{
    public static readonly Done Value;
}
