using Marketplace.Billing.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Marketplace.Billing.Budgets;

/// <summary>The room's services.</summary>
internal static class BudgetModule
{
    public static void AddBudgets(this IServiceCollection services)
    {
        services.TryAddScoped<IMemberNames, MemberIdsAsNames>();
        services.AddScoped<BudgetReader>();
        services.AddScoped<BudgetViews>();
        services.AddScoped<BudgetWatch>();
        services.AddScoped<BudgetDesk>();
        services.AddScoped<IBudgets, BudgetList>();
        services.AddScoped<IBudgetAdmission, BudgetAdmission>();
    }

    // Without the host's people, every id is taken for a member.
    private sealed class MemberIdsAsNames : IMemberNames
    {
        public Task<IReadOnlyDictionary<string, string>> FindManyAsync(
            string partyId,
            IReadOnlyCollection<string> memberIds,
            CancellationToken ct
        ) =>
            Task.FromResult<IReadOnlyDictionary<string, string>>(
                memberIds.Distinct(StringComparer.Ordinal).ToDictionary(id => id, id => id, StringComparer.Ordinal)
            );
    }
}
