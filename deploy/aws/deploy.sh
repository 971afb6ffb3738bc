#!/bin/sh
# Deploys the output of `osls package` as `osls deploy` would, but with the AWS command line only, so that no code of npm
# packages runs while the role is assumed. The workflow uses it. Region and credentials come from the environment.
#   sh deploy.sh FOLDER   (with the templates, the state and lambda.zip)
set -eu
folder=${1:?the folder with the package}
state=$folder/serverless-state.json
from_state() { jq --exit-status --raw-output "$1" "$state"; }
stage=$(from_state .service.provider.stage)
service=$(from_state .service.service)
prefix=$(from_state .package.artifactDirectoryName)
stack=$service-$stage
KEEP=5

bucket() {
  aws cloudformation describe-stack-resource --stack-name "$stack" --logical-resource-id ServerlessDeploymentBucket \
    --query StackResourceDetail.PhysicalResourceId --output text
}

# A new stack is created with only the bucket for its packages. If the stack exists, create-stack fails and changes nothing.
if ! bucket=$(bucket); then
  echo "The stack $stack does not exist, or cannot be read: creating it."
  aws cloudformation create-stack --stack-name "$stack" --capabilities CAPABILITY_IAM \
    --template-body "file://$folder/cloudformation-template-create-stack.json" \
    --tags "Key=STAGE,Value=$stage" "Key=service,Value=$service" > /dev/null
  aws cloudformation wait stack-create-complete --stack-name "$stack"
  bucket=$(bucket)
fi

# `osls rollback` expects these names.
template=$folder/cloudformation-template-update-stack.json
aws s3 cp --only-show-errors "$folder/lambda.zip" "s3://$bucket/$prefix/lambda.zip"
aws s3 cp --only-show-errors "$template" "s3://$bucket/$prefix/compiled-cloudformation-template.json"
aws s3 cp --only-show-errors "$state" "s3://$bucket/$prefix/serverless-state.json"

aws cloudformation deploy --stack-name "$stack" --template-file "$template" --s3-bucket "$bucket" --s3-prefix "$prefix" \
  --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset --tags "STAGE=$stage" "service=$service"
if from_state '.service.provider | .stage as $stage | .deletionProtection.stages | index($stage) != null' > /dev/null; then
  aws cloudformation update-termination-protection --stack-name "$stack" --enable-termination-protection > /dev/null
fi

address=$(aws cloudformation describe-stacks --stack-name "$stack" \
  --query "Stacks[0].Outputs[?OutputKey=='ServiceEndpoint'].OutputValue" --output text)
curl --fail-with-body --silent --show-error --max-time 20 --retry 5 --retry-all-errors "$address/health"

# Keeps the packages of the last deployments for a rollback. Their names begin with the time.
aws s3api list-objects-v2 --bucket "$bucket" --prefix "$(dirname "$prefix")/" --delimiter / \
  --query 'CommonPrefixes[].[Prefix]' --output text | sort -r | tail -n "+$((KEEP + 1))" | while read -r old; do
  aws s3 rm --only-show-errors --recursive "s3://$bucket/$old"
done
