using Marketplace.Faults.Tests.Support;

namespace Marketplace.Faults.Tests.Load;

/// <summary>Several workers, each with its own list of requests, all at once.</summary>
internal static class Workers
{
    /// <summary>Each worker sends what is not acknowledged yet, and stops at the first request that gets no answer.</summary>
    /// <param name="told">Called with the number of acknowledgements so far, by the worker that got the last one.</param>
    public static Task UntilLostAsync(MoneyPlan plan, MoneyActs acts, Acknowledged list, Action<int> told) =>
        EachAsync(
            plan,
            async op =>
            {
                if (list.Has(op))
                    return true;
                try
                {
                    await acts.SendAsync(op);
                }
                catch (Exception error) when (Lost.Answer(error))
                {
                    return false;
                }
                told(list.Add(op));
                return true;
            }
        );

    /// <summary>Everything once more under the same keys, what was acknowledged as well: a client that is unsure asks again.</summary>
    public static Task RepeatAllAsync(MoneyPlan plan, MoneyActs acts, Acknowledged list, Action? lost = null) =>
        EachAsync(
            plan,
            async op =>
            {
                await Lost.RetryAsync(
                    async () =>
                    {
                        await acts.SendAsync(op);
                        return true;
                    },
                    lost
                );
                list.Add(op);
                return true;
            }
        );

    private static Task EachAsync(MoneyPlan plan, Func<MoneyOp, Task<bool>> send) =>
        Task.WhenAll(
            plan.Lists.Select(ops =>
                Task.Run(async () =>
                {
                    foreach (MoneyOp op in ops)
                    {
                        if (!await send(op))
                            return;
                    }
                })
            )
        );
}
