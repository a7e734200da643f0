using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Jobs;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Projects;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace Marketplace.Platform;

/// <summary>The shared kernel's services.</summary>
public static class PlatformModule
{
    /// <summary>
    /// Adds ids, time, the DbContext with its party filter, the outbox, the change feed and the job store. Needs an <see cref="NpgsqlDataSource"/>
    /// singleton, which the host makes from its connection string or from the embedded PostgreSQL.
    /// </summary>
    public static IServiceCollection AddPlatform(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IdFactory>();
        services.AddScoped<ActorContext>();
        services.AddSingleton<AnnounceOnSave>();
        services.AddSingleton<AnnounceOnCommit>();
        services.AddSingleton<AuditOnSave>();
        services.AddScoped<AuditDesk>();
        services.AddSingleton<ChangeHub>();
        services.AddHostedService(s => s.GetRequiredService<ChangeHub>());
        services.AddScoped<IChangeFeed, ChangeFeed>();
        services.AddScoped<IOutbox, Outbox.Outbox>();
        services.AddScoped<OutboxDesk>();
        services.AddScoped<IProjects, ProjectDesk>();
        services.AddSingleton(s => new MessageRelay(s.GetRequiredService<IServiceScopeFactory>(), s.GetServices<HandlerRegistration>()));
        services.AddJobs();
        services.AddSingleton(new ModelPart(typeof(PlatformModule).Assembly));
        services.AddDbContext<MarketplaceDbContext>(
            (provider, options) =>
                options
                    .UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>())
                    .AddInterceptors(
                        provider.GetRequiredService<AuditOnSave>(),
                        provider.GetRequiredService<AnnounceOnSave>(),
                        provider.GetRequiredService<AnnounceOnCommit>(),
                        new TransactionsBegun()
                    ),
            // One for all scopes: what differs between them is in the context itself, and EF need not compare options for each.
            optionsLifetime: ServiceLifetime.Singleton
        );
        return services;
    }

    /// <summary>Adds the outbox dispatcher: the worker role runs it.</summary>
    public static IServiceCollection AddOutboxDispatcher(this IServiceCollection services)
    {
        services.AddSingleton(s => new OutboxDispatcher(
            s.GetRequiredService<IServiceScopeFactory>(),
            s.GetServices<HandlerRegistration>(),
            new HubFeed(s.GetRequiredService<ChangeHub>()),
            s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<Microsoft.Extensions.Logging.ILogger<OutboxDispatcher>>()
        ));
        services.AddHostedService(s => s.GetRequiredService<OutboxDispatcher>());
        return services;
    }

    /// <summary>Registers a handler; several handlers may take one message, each with its own inbox row.</summary>
    public static IServiceCollection AddMessageHandler<TMessage, THandler>(this IServiceCollection services)
        where TMessage : class
        where THandler : class, IMessageHandler<TMessage>
    {
        services.AddScoped<THandler>();
        services.AddSingleton(HandlerRegistration.For<TMessage, THandler>());
        return services;
    }

    /// <summary>Adds a module's tables to the model.</summary>
    public static IServiceCollection AddModelPart<TMarker>(this IServiceCollection services) =>
        services.AddSingleton(new ModelPart(typeof(TMarker).Assembly));

    // Background services have no scope: they may listen, not announce with a transaction.
    private sealed class HubFeed(ChangeHub hub) : IChangeFeed
    {
        public void Announce(string topic) => throw new InvalidOperationException("Announce from a scope that saves.");

        public void AnnounceCommitted(IReadOnlyCollection<string> topics) => hub.Publish(topics);

        public IChangeSubscription Subscribe(params string[] topics) => hub.Subscribe(topics);
    }
}
