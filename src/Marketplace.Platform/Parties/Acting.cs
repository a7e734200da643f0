using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Platform.Parties;

/// <summary>One DI scope per action, with its actor: how pages, workers and tests call a module.</summary>
public static class Acting
{
    public static async Task<TResult> ActAsync<TService, TResult>(
        this IServiceScopeFactory scopes,
        Actor actor,
        Func<TService, Task<TResult>> action
    )
        where TService : notnull
    {
        ArgumentNullException.ThrowIfNull(scopes);
        ArgumentNullException.ThrowIfNull(action);
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ActorContext>().Become(actor);
        return await action(scope.ServiceProvider.GetRequiredService<TService>());
    }
}
