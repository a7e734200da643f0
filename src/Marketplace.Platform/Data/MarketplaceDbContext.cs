using System.Linq.Expressions;
using System.Reflection;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Marketplace.Platform.Data;

/// <summary>A module's part of the model: its assembly's <c>IEntityTypeConfiguration</c>s are applied.</summary>
public sealed record ModelPart(Assembly Assembly);

/// <summary>
/// The one DbContext: each module contributes its tables in a schema of its own, so that what must commit together can.
/// Every entity is party-owned, trade-shared or global; the filters below hide other parties' rows from every query.
/// </summary>
public sealed class MarketplaceDbContext(DbContextOptions<MarketplaceDbContext> options, IEnumerable<ModelPart> parts, ActorContext actor)
    : DbContext(options)
{
    /// <summary>Name of the query filter that scopes rows to the acting party.</summary>
    public const string PartyFilter = "party";

    /// <summary>What this scope's commands have done and nobody has written down yet.</summary>
    internal List<AuditNote> AuditNotes { get; } = [];

    /// <summary>What this scope has announced and not yet committed.</summary>
    internal AnnouncedTopics Announced { get; } = new();

    /// <summary>Who acts in this scope; for the interceptors, which are one for all scopes.</summary>
    internal ActorContext Acting => actor;

    /// <summary>
    /// Whether a transaction is open. A context that has never begun one answers without EF, which would set all its services up for the question.
    /// </summary>
    public bool HasTransaction => BeganTransaction && Database.CurrentTransaction is not null;

    /// <summary>Set by <see cref="TransactionsBegun"/>; never taken back.</summary>
    internal bool BeganTransaction { get; set; }

    /// <summary>Read by the query filters, once per query.</summary>
    public bool SeesAll => actor.Current.SeesAll;

    /// <summary>Read by the query filters, once per query.</summary>
    public string PartyId => actor.Current.PartyId;

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        foreach (var part in parts)
            modelBuilder.ApplyConfigurationsFromAssembly(part.Assembly);
        ForgetUnreachable(modelBuilder);
        foreach (IMutableEntityType type in modelBuilder.Model.GetEntityTypes().ToList())
        {
            SnakeCase.Apply(type);
            if (!type.IsOwned())
                Scope(modelBuilder, type);
        }
    }

    // EF takes the classes inside a value stored as JSON for entities until it learns about the conversion, and drops them only after we
    // have looked. What no configured entity leads to is no entity.
    private static void ForgetUnreachable(ModelBuilder builder)
    {
        var found = builder
            .Model.GetEntityTypes()
            .Where(type => ((IConventionEntityType)type).GetConfigurationSource() == ConfigurationSource.Explicit)
            .ToHashSet();
        var open = new Stack<IMutableEntityType>(found);
        while (open.TryPop(out var type))
            foreach (
                var next in type.GetNavigations()
                    .Select(n => n.TargetEntityType)
                    .Concat(type.GetSkipNavigations().Select(n => n.TargetEntityType))
            )
                if (found.Add(next))
                    open.Push(next);
        foreach (var type in builder.Model.GetEntityTypes().Except(found).ToList())
            builder.Ignore(type.ClrType);
    }

    public override int SaveChanges(bool acceptAllChangesOnSuccess)
    {
        GuardWrites();
        return base.SaveChanges(acceptAllChangesOnSuccess);
    }

    public override Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        GuardWrites();
        return base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
    }

    // A handler that forgot to check the owner fails loudly here instead of writing into another party's rows.
    private void GuardWrites()
    {
        if (actor.TryGet() is not { SeesAll: false } party)
            return;
        foreach (var entry in ChangeTracker.Entries())
        {
            if (
                entry.State is EntityState.Added or EntityState.Modified or EntityState.Deleted
                && entry.Entity is IPartyOwned owned
                && owned.PartyId != party.PartyId
            )
                throw new InvalidOperationException($"{entry.Metadata.ShortName()} of another party cannot be written by {party.PartyId}.");
        }
    }

    private void Scope(ModelBuilder builder, IMutableEntityType type)
    {
        Type clr = type.ClrType;
        ParameterExpression row = Expression.Parameter(clr, "row");
        Expression seesAll = Expression.Property(Expression.Constant(this), nameof(SeesAll));
        Expression party = Expression.Property(Expression.Constant(this), nameof(PartyId));
        Expression? mine =
            typeof(IPartyOwned).IsAssignableFrom(clr) ? Equal(row, nameof(IPartyOwned.PartyId), party)
            : typeof(ITradeShared).IsAssignableFrom(clr)
                ? Expression.OrElse(
                    Equal(row, nameof(ITradeShared.CustomerId), party),
                    Expression.OrElse(Equal(row, nameof(ITradeShared.OperatorId), party), Equal(row, nameof(ITradeShared.CenterId), party))
                )
            : null;
        if (mine is not null)
            builder.Entity(clr).HasQueryFilter(PartyFilter, Expression.Lambda(Expression.OrElse(seesAll, mine), row));
        else if (clr.GetCustomAttribute<GlobalAttribute>() is null)
            throw new InvalidOperationException($"{clr.Name} is neither IPartyOwned nor ITradeShared nor [Global(reason)].");
    }

    private static BinaryExpression Equal(ParameterExpression row, string property, Expression value) =>
        Expression.Equal(Expression.Property(row, property), value);
}
