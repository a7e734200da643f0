using System.Reflection;
using Marketplace.Platform.Data;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;

namespace Marketplace.Migrations;

/// <summary>The EF model of all modules, without a database: for the authors of migrations and for the drift test.</summary>
public static class ModelScript
{
    // Named, not referenced by type: most of what the modules hold is internal.
    private static readonly string[] Modules =
    [
        "Marketplace.Platform",
        "Marketplace.Market",
        "Marketplace.Provisioning",
        "Marketplace.Billing",
        "Marketplace.Orders",
    ];

    /// <summary>A context whose model holds every module's tables, and those of further assemblies (the host's identity tables).</summary>
    public static MarketplaceDbContext CreateContext(string connectionString, params Assembly[] further)
    {
        var options = new DbContextOptionsBuilder<MarketplaceDbContext>().UseNpgsql(connectionString).Options;
        var parts = Modules.Select(Assembly.Load).Concat(further).Select(assembly => new ModelPart(assembly));
        return new MarketplaceDbContext(options, parts, new ActorContext());
    }

    /// <summary>What EF would create for one schema: a starting point for a migration, to be read and completed by hand.</summary>
    public static string For(string schema, params Assembly[] further)
    {
        using var db = CreateContext("Host=localhost", further);
        var model = db.GetService<IDesignTimeModel>().Model;
        var operations = db.GetService<IMigrationsModelDiffer>()
            .GetDifferences(null, model.GetRelationalModel())
            .Where(operation => SchemaOf(operation) == schema)
            .ToList();
        if (operations.Count == 0)
            throw new MigrationException($"No entity is mapped to the schema {schema}.");
        var commands = db.GetService<IMigrationsSqlGenerator>().Generate(operations, model);
        return string.Join("\n", commands.Select(command => command.CommandText.TrimEnd() + "\n"));
    }

    private static string? SchemaOf(MigrationOperation operation) =>
        operation switch
        {
            EnsureSchemaOperation ensure => ensure.Name,
            CreateTableOperation table => table.Schema,
            CreateIndexOperation index => index.Schema,
            CreateSequenceOperation sequence => sequence.Schema,
            AddForeignKeyOperation key => key.Schema,
            _ => null,
        };
}
